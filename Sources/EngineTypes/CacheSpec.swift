/// The data that one cache module of a model keeps per request. A layer has any number of modules, and several layers
/// may read one. A model without modules, such as an encoder, has no cache at all.
package struct CacheSpec: Hashable, Sendable {
    /// The tokens that can still be read.
    package enum Retention: Hashable, Sendable {
        case all
        /// The token itself and the `n - 1` tokens before it.
        case window(Int)
        /// A single state, overwritten token by token (state-space models, convolutions); a block holds one state.
        case state
        /// The tokens of the encoder's input, at most `maxTokenCount`, which every token of the request reads.
        case cross(maxTokenCount: Int)
    }

    /// The data kept per token, or per state.
    package enum Content: Hashable, Sendable {
        case keysAndValues(headCount: Int, keyDim: Int, valueDim: Int)
        /// Keys whose elements from `valueOffset` on are the values.
        case keysHoldingValues(headCount: Int, keyDim: Int, valueOffset: Int, valueDim: Int)
        case bytes(Int)
    }

    package var retention: Retention
    package var content: Content

    package init(_ retention: Retention, _ content: Content) {
        self.retention = retention
        self.content = content
    }
}

/// Cache modules that share a block table because they keep the same amount of data for the same tokens.
package struct KVCacheGroup: Hashable, Sendable {
    package var retention: CacheSpec.Retention
    /// Tokens per block.
    package var blockSize: Int
    /// Bytes per block and module.
    package var pageByteCount: Int
    /// Indices of the modules in the list that the model returned.
    package var modules: [Int]

    package init(_ retention: CacheSpec.Retention, blockSize: Int, pageByteCount: Int, modules: [Int] = [0]) {
        self.retention = retention
        self.blockSize = blockSize
        self.pageByteCount = pageByteCount
        self.modules = modules
    }

    /// Bytes per block: the pages of all modules of the group.
    package var blockByteCount: Int { pageByteCount * modules.count }

    /// Whether the blocks keep data for every token from the first on.
    package var standsForEveryToken: Bool { retention == .all }

    /// Groups modules with equal properties, in order of first appearance.
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
