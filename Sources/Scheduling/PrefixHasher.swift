package import EngineTypes
internal import Support

/// Computes the chain of block hashes of a token sequence. The message of a block is its parent's hash, its tokens as
/// little-endian words, then its extra keys, each as a tag, a position, a length and bytes, so different inputs never
/// produce the same message.
package struct PrefixHasher: Sendable {
    private var message: [UInt8] = []
    /// Number of blocks hashed so far.
    package private(set) var blockCount = 0

    package init() {}

    /// Extends `chain` to `blockCount` full blocks of `blockSize` tokens each, taken from `tokens`.
    package mutating func extend(
        _ chain: inout [BlockHash], to blockCount: Int, blockSize: Int, tokens: [TokenID],
        extraKeys: [BlockExtraKey] = []
    ) {
        precondition(blockCount * blockSize <= tokens.count, "\(tokens.count) tokens do not fill \(blockCount) blocks")
        while chain.count < blockCount {
            let start = chain.count * blockSize
            message.removeAll(keepingCapacity: true)
            append(chain.last ?? .root)
            for token in tokens[start..<start + blockSize] { append(token) }
            for key in extraKeys { append(key, start: start, blockSize: blockSize) }
            chain.append(digest())
            self.blockCount += 1
        }
    }

    private mutating func append(_ hash: BlockHash) {
        let words = hash.words
        for word in [words.0, words.1, words.2, words.3] {
            append(UInt32(truncatingIfNeeded: word))
            append(UInt32(truncatingIfNeeded: word >> 32))
        }
    }

    private mutating func append(_ word: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) { message.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }

    /// A key tied to some tokens enters every block that contains one of them, with its offset from the block's start.
    /// A key for all tokens enters only the first block; the chain carries it on.
    private mutating func append(_ key: BlockExtraKey, start: Int, blockSize: Int) {
        guard key.tokens?.overlaps(start..<start + blockSize) ?? (start == 0) else { return }
        message.append(key.kind.rawValue)
        append(UInt32(truncatingIfNeeded: (key.tokens?.lowerBound ?? 0) - start))
        append(UInt32(key.bytes.count))
        message.append(contentsOf: key.bytes)
    }

    private func digest() -> BlockHash {
        let words = SHA256.words(of: message)
        func pair(_ index: Int) -> UInt64 { UInt64(words[2 * index]) << 32 | UInt64(words[2 * index + 1]) }
        return BlockHash(words: (pair(0), pair(1), pair(2), pair(3)))
    }
}
