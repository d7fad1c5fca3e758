/// What one cache module of a model keeps for each request. Modules with equal specs form a group with one block table.
package enum KVCacheSpec: Hashable, Sendable {
    /// Keys and values of every token.
    case fullAttention(AttentionPage)
    /// Keys and values of the last `window` tokens.
    case slidingWindow(AttentionPage, window: Int)
    /// One state of `byteCount` bytes, overwritten as tokens come (SSM, convolution); a block holds one state.
    case state(byteCount: Int, blockSize: Int)

    /// The page of an attention cache: `blockSize` tokens of one layer.
    package struct AttentionPage: Hashable, Sendable {
        /// Tokens a block.
        package var blockSize: Int
        /// Bytes that one layer keeps for a block.
        package var byteCount: Int

        package init(blockSize: Int, byteCount: Int) {
            self.blockSize = blockSize
            self.byteCount = byteCount
        }
    }

    /// Tokens that one block stands for.
    package var blockSize: Int {
        switch self {
        case .fullAttention(let page), .slidingWindow(let page, _): page.blockSize
        case .state(_, let blockSize): blockSize
        }
    }

    /// Whether the blocks hold something of each token from the first on.
    package var standsForEveryToken: Bool {
        if case .fullAttention = self { true } else { false }
    }

    /// Bytes a block of one module.
    package var byteCount: Int {
        switch self {
        case .fullAttention(let page), .slidingWindow(let page, _): page.byteCount
        case .state(let byteCount, _): byteCount
        }
    }
}

/// Cache modules that share a block table.
package struct KVCacheGroup: Hashable, Sendable {
    package var spec: KVCacheSpec
    /// Indices of the modules in the list that the model returned.
    package var modules: [Int]

    package init(spec: KVCacheSpec, modules: [Int]) {
        self.spec = spec
        self.modules = modules
    }

    /// Bytes of one block: the pages of all modules of the group.
    package var blockByteCount: Int { spec.byteCount * modules.count }

    /// Groups modules by equal spec, in order of first appearance.
    package static func grouping(_ specs: [KVCacheSpec]) -> [KVCacheGroup] {
        var groups: [KVCacheGroup] = []
        for (module, spec) in specs.enumerated() {
            if let index = groups.firstIndex(where: { $0.spec == spec }) {
                groups[index].modules.append(module)
            } else {
                groups.append(KVCacheGroup(spec: spec, modules: [module]))
            }
        }
        return groups
    }
}
