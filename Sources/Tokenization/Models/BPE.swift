/// Byte-pair encoding: a word starts as its bytes or characters, and the adjacent pair of lowest rank, leftmost first, is
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
    private let symbols: Symbols
    private let merges: MergeTable
    /// Whether a word that is a token is encoded as that token, even if merges do not lead to it.
    private let ignoresMerges: Bool

    init(vocabulary: Vocabulary, merges list: MergeList, options: BPEOptions) throws(TokenizerError) {
        self.vocabulary = vocabulary
        let keepsPartial = if case .ranks = list { true } else { false }
        symbols = Symbols(vocabulary, options: options, keepsPartial: keepsPartial)
        merges = try MergeTable(list, vocabulary: vocabulary, symbols: symbols)
        ignoresMerges = options.ignoresMerges
    }

    /// Splits a text into stretches between which no merge is possible, so that their tokens can be cached: before a
    /// space, unless a token has a space after the same character. Nil if the whole text has to be merged at once.
    func borders() -> RegexAutomaton? {
        guard case .spaced = vocabulary.spelling, !ignoresMerges, symbols.coversAllText else { return nil }
        return try? RegexAutomaton(SpaceBorders.syntax(vocabulary))
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
        symbols.append(word, of: bytes, to: &ids)
        merger.merge(&ids, from: first, by: merges)
        symbols.resolvePartial(in: &ids, from: first)
    }
}

struct BPEOptions: Sendable {
    var unknownID: UInt32?
    var fusesUnknown = false
    var ignoresMerges = false
}
