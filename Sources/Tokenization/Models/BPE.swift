/// Byte-pair encoding over bytes: a word starts as its bytes, and the adjacent pair of lowest rank, leftmost first, is
/// merged until no pair has a merge (Sennrich et al. 2016). O(n log n) in the length of a word.
struct BPE: TokenizationModel {
    /// No token: a merged-away symbol, the end of a word, a byte without a token.
    private static let none = UInt32.max

    private let vocabulary: Vocabulary
    private let merges: MergeTable
    /// Id of each single byte.
    private let byteIDs: [UInt32]
    private let unknownID: UInt32?
    /// Whether neighbouring unknown bytes become one unknown token.
    private let fusesUnknown: Bool
    /// Whether a word that is a token is taken whole, reachable by merges or not.
    private let ignoresMerges: Bool

    init(vocabulary: Vocabulary, merges: MergeTable, options: BPEOptions) {
        self.vocabulary = vocabulary
        self.merges = merges
        byteIDs = (UInt8.min...UInt8.max).map { vocabulary.id(ofBytes: [$0]) ?? Self.none }
        unknownID = options.unknownID
        fusesUnknown = options.fusesUnknown
        ignoresMerges = options.ignoresMerges
    }

    func encode(_ text: PreTokenizedText, into ids: inout [UInt32]) {
        var word = Word()
        for piece in text.pieces {
            if ignoresMerges, let id = vocabulary.id(ofBytes: text.bytes[piece]) {
                ids.append(id)
                continue
            }
            start(&word, text.bytes[piece])
            merge(&word)
            var position = 0
            while position < word.count {
                ids.append(word.ids[position])
                position = word.next[position]
            }
        }
    }
}

extension BPE {
    /// A word as a linked list of symbols. `ids` has a `none` behind the last symbol, where the last `next` points.
    private struct Word {
        var ids: [UInt32] = []
        var next: [Int] = []
        var previous: [Int] = []
        var queue = MergeQueue()

        var count: Int { ids.count - 1 }
    }

    private func start(_ word: inout Word, _ bytes: ArraySlice<UInt8>) {
        word.ids.removeAll(keepingCapacity: true)
        var isAfterUnknown = false
        for byte in bytes {
            let id = byteIDs[Int(byte)]
            if id != Self.none {
                word.ids.append(id)
            } else if let unknownID, !(fusesUnknown && isAfterUnknown) {
                word.ids.append(unknownID)
            }
            isAfterUnknown = id == Self.none
        }
        word.ids.append(Self.none)
        word.next.removeAll(keepingCapacity: true)
        word.previous.removeAll(keepingCapacity: true)
        for position in 0..<word.ids.count {
            word.next.append(position + 1)
            word.previous.append(position - 1)
        }
    }

    private func merge(_ word: inout Word) {
        for position in 0..<word.count { enqueue(position, &word) }
        while let (rank, position) = word.queue.pop() {
            // An entry is stale when its symbol was merged away or has another neighbour by now.
            guard word.ids[position] != Self.none, case let right = word.next[position],
                let merge = merges.find(word.ids[position], word.ids[right]), merge.rank == rank
            else { continue }
            word.ids[position] = merge.id
            word.ids[right] = Self.none
            let following = word.next[right]
            word.next[position] = following
            word.previous[following] = position
            enqueue(position, &word)
            if position > 0 { enqueue(word.previous[position], &word) }
        }
    }

    @inline(__always)
    private func enqueue(_ position: Int, _ word: inout Word) {
        if let merge = merges.find(word.ids[position], word.ids[word.next[position]]) {
            word.queue.push(rank: merge.rank, position: position)
        }
    }
}

struct BPEOptions: Sendable {
    var unknownID: UInt32?
    var fusesUnknown = false
    var ignoresMerges = false
}
