extension KVCacheConfig {
    /// The block pool of each group, counted from 0 in order of first appearance: groups whose blocks have equal bytes
    /// share one, so that a block belongs to one of them at a time.
    package var poolOfGroup: [Int] {
        var sizes: [Int] = []
        return groups.map { group in
            if let pool = sizes.firstIndex(of: group.blockByteCount) { return pool }
            sizes.append(group.blockByteCount)
            return sizes.count - 1
        }
    }

    package var poolCount: Int { (poolOfGroup.max() ?? -1) + 1 }
}
