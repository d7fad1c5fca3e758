/// Names the content of a full block: SHA-256 over its tokens, everything before them and what else shapes their keys
/// and values.
package struct BlockHash: Hashable, Sendable {
    private var word0: UInt64
    private var word1: UInt64
    private var word2: UInt64
    private var word3: UInt64

    /// The parent of the first block of every chain.
    package static let root = BlockHash(words: (0, 0, 0, 0))

    init(words: (UInt64, UInt64, UInt64, UInt64)) {
        (word0, word1, word2, word3) = words
    }

    /// The 32 bytes as four little-endian words.
    var words: (UInt64, UInt64, UInt64, UInt64) { (word0, word1, word2, word3) }

    /// The bits are uniform already: one word is as good as four.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(word0)
    }
}

/// What a block of a pool holds: groups that share a pool keep different things for the same tokens.
package struct BlockKey: Hashable, Sendable {
    package var hash: BlockHash
    package var group: Int32

    package init(hash: BlockHash, group: Int) {
        self.hash = hash
        self.group = Int32(group)
    }
}
