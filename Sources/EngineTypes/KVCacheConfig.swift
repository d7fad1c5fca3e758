/// The cache groups of a model and the block pools that they allocate from.
package struct KVCacheConfig: Hashable, Sendable {
    /// Blocks of one size in bytes. Block counts include the null block.
    package struct Pool: Hashable, Sendable {
        package var blockByteCount: Int
        /// Bytes kept beside each block, in separate memory.
        package var extraByteCount: Int
        package var initialBlockCount: Int
        package var maxBlockCount: Int

        package init(blockByteCount: Int, extraByteCount: Int = 0, initialBlockCount: Int, maxBlockCount: Int) {
            self.blockByteCount = blockByteCount
            self.extraByteCount = extraByteCount
            self.initialBlockCount = min(initialBlockCount, maxBlockCount)
            self.maxBlockCount = maxBlockCount
        }
    }

    package let groups: [KVCacheGroup]
    /// Index into `pools` of each group, numbered by first appearance. Groups with equal block sizes in bytes share a
    /// pool; a block belongs to one of them at a time.
    package let poolOfGroup: [Int]
    package let pools: [Pool]

    /// Derives the pools from the groups. `maxBlockCounts`: one count per pool, or one for all. `extraByteCount`: bytes
    /// that a group keeps beside each block.
    package init(
        groups: [KVCacheGroup], initialBlockCount: Int, maxBlockCounts: [Int],
        extraByteCount: (Int) -> Int = { _ in 0 }
    ) {
        self.groups = groups
        var sizes: [Int] = []
        let poolOfGroup = groups.map { group in
            if let pool = sizes.firstIndex(of: group.blockByteCount) { return pool }
            sizes.append(group.blockByteCount)
            return sizes.count - 1
        }
        self.poolOfGroup = poolOfGroup
        pools = sizes.indices.map { pool in
            Pool(
                blockByteCount: sizes[pool],
                extraByteCount: groups.indices.reduce(0) { poolOfGroup[$1] == pool ? $0 + extraByteCount($1) : $0 },
                initialBlockCount: initialBlockCount,
                maxBlockCount: maxBlockCounts[min(pool, maxBlockCounts.count - 1)])
        }
    }

    /// Returns the total bytes of the pools with `blockCounts` blocks each.
    package func byteCount(of blockCounts: [Int]) -> Int {
        zip(pools, blockCounts).reduce(0) { $0 + ($1.0.blockByteCount + $1.0.extraByteCount) * $1.1 }
    }

    /// Maximum number of blocks, over all pools.
    package var maxBlockCount: Int { pools.reduce(0) { $0 + $1.maxBlockCount } }
}
