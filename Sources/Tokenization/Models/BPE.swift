/// Byte-pair encoding over bytes: a word starts as its bytes, and the adjacent pair of lowest rank, leftmost first, is
/// merged until no pair has a merge (Sennrich et al. 2016). O(n log n) in the length of a word.
struct BPE: Sendable {
    /// Caches and buffers for encoding; concurrent calls have one each.
    struct Workspace: Sendable {
        /// Words of up to 15 bytes and 3 tokens, two per cache line.
        var shortWords = WordCache<2, 4>(byteCount: 2 << 20)
        /// Words of up to 63 bytes and 15 tokens.
        var longWords = WordCache<8, 16>(byteCount: 1 << 20)
        var merger = WordMerger()
    }

    private let vocabulary: Vocabulary
    private let merges: MergeTable
    /// Token id of each byte; `none` for a byte without a token.
    private let byteIDs: [UInt32]
    private let unknownID: UInt32?
    /// Whether neighbouring unknown bytes become one unknown token.
    private let fusesUnknown: Bool
    /// Whether a word that is a token is encoded as that token, even if merges do not lead to it.
    private let ignoresMerges: Bool

    /// Marks a byte without a token.
    private static let none = UInt32.max

    init(vocabulary: Vocabulary, merges: MergeTable, options: BPEOptions) {
        self.vocabulary = vocabulary
        self.merges = merges
        byteIDs = (UInt8.min...UInt8.max).map { vocabulary.id(ofBytes: [$0]) ?? Self.none }
        unknownID = options.unknownID
        fusesUnknown = options.fusesUnknown
        ignoresMerges = options.ignoresMerges
    }

    /// Appends the ids of a text's pieces, which are split further into `words`.
    func encode(
        _ text: PreTokenizedText, words: RegexAutomaton?, into ids: inout [UInt32], _ workspace: inout Workspace
    ) {
        let bytes = text.bytes.span
        for piece in text.pieces {
            guard let words else {
                encode(piece, of: bytes, into: &ids, &workspace)
                continue
            }
            var start = piece.lowerBound
            while start < piece.upperBound {
                let end = words.partEnd(in: bytes, from: start, to: piece.upperBound)
                encode(start..<end, of: bytes, into: &ids, &workspace)
                start = end
            }
        }
    }

    @inline(__always)
    private func encode(
        _ word: Range<Int>, of bytes: Span<UInt8>, into ids: inout [UInt32], _ workspace: inout Workspace
    ) {
        if workspace.shortWords.append(word, of: bytes, to: &ids) { return }
        encodeUncommon(word, of: bytes, into: &ids, &workspace)
    }

    private func encodeUncommon(
        _ word: Range<Int>, of bytes: Span<UInt8>, into ids: inout [UInt32], _ workspace: inout Workspace
    ) {
        if workspace.longWords.append(word, of: bytes, to: &ids) { return }
        let first = ids.count
        encodeNew(word, of: bytes, into: &ids, &workspace.merger)
        if workspace.shortWords.insert(word, of: bytes, ids[first...]) { return }
        _ = workspace.longWords.insert(word, of: bytes, ids[first...])
    }

    private func encodeNew(
        _ word: Range<Int>, of bytes: Span<UInt8>, into ids: inout [UInt32], _ merger: inout WordMerger
    ) {
        if ignoresMerges, let id = vocabulary.id(ofBytes: bytes, word) { return ids.append(id) }
        let first = ids.count
        appendBytes(word, of: bytes, to: &ids)
        merger.merge(&ids, from: first, by: merges)
    }

    private func appendBytes(_ word: Range<Int>, of bytes: Span<UInt8>, to ids: inout [UInt32]) {
        var isAfterUnknown = false
        for index in word {
            let id = byteIDs[Int(bytes[index])]
            if id != Self.none {
                ids.append(id)
            } else if let unknownID, !(fusesUnknown && isAfterUnknown) {
                ids.append(unknownID)
            }
            isAfterUnknown = id == Self.none
        }
    }
}

struct BPEOptions: Sendable {
    var unknownID: UInt32?
    var fusesUnknown = false
    var ignoresMerges = false
}
