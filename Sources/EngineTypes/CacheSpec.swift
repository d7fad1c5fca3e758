/// What one cache module of a model keeps for each request. A layer has none, one or several modules, and several layers
/// may read one. A model without modules, such as an encoder, has no cache at all.
package struct CacheSpec: Hashable, Sendable {
    /// Which tokens can still be read.
    package enum Retention: Hashable, Sendable {
        case all
        /// A token, and the `n - 1` tokens before it.
        case window(Int)
        /// One state, overwritten as tokens come (state-space models, convolutions); a block holds one state.
        case state
    }

    /// What is kept of each token, or as a state.
    package enum Content: Hashable, Sendable {
        case keysAndValues(headCount: Int, keyDim: Int, valueDim: Int)
        case bytes(Int)
    }

    package var retention: Retention
    package var content: Content

    package init(_ retention: Retention, _ content: Content) {
        self.retention = retention
        self.content = content
    }
}

/// Cache modules that share a block table: those that keep equally much of the same tokens.
package struct KVCacheGroup: Hashable, Sendable {
    package var retention: CacheSpec.Retention
    /// Tokens that one block stands for.
    package var blockSize: Int
    /// Bytes that one module keeps for a block.
    package var pageByteCount: Int
    /// Indices of the modules in the list that the model returned.
    package var modules: [Int]

    package init(_ retention: CacheSpec.Retention, blockSize: Int, pageByteCount: Int, modules: [Int] = [0]) {
        self.retention = retention
        self.blockSize = blockSize
        self.pageByteCount = pageByteCount
        self.modules = modules
    }

    /// Bytes of one block: the pages of all modules of the group.
    package var blockByteCount: Int { pageByteCount * modules.count }

    /// Whether the blocks hold something of each token from the first on.
    package var standsForEveryToken: Bool { retention == .all }

    /// Groups modules that agree in everything, in order of first appearance.
    package static func grouping(_ pages: [KVCacheGroup]) -> [KVCacheGroup] {
        var groups: [KVCacheGroup] = []
        for (module, page) in pages.enumerated() {
            let known = groups.firstIndex {
                $0.retention == page.retention && $0.blockSize == page.blockSize
                    && $0.pageByteCount == page.pageByteCount
            }
            if let known {
                groups[known].modules.append(module)
            } else {
                groups.append(
                    KVCacheGroup(
                        page.retention, blockSize: page.blockSize, pageByteCount: page.pageByteCount, modules: [module])
                )
            }
        }
        return groups
    }
}
