/// Identifies the content of a full block: a SHA-256 over its tokens, all tokens before them, and everything else that
/// affects their keys and values.
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

    /// The bits are already uniform, so one word is enough.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(word0)
    }
}

/// Identifies what a block holds. The group is part of the key because groups that share a pool store different data
/// for the same tokens.
package struct BlockKey: Hashable, Sendable {
    package var hash: BlockHash
    package var group: Int32

    package init(hash: BlockHash, group: Int) {
        self.hash = hash
        self.group = Int32(group)
    }
}
