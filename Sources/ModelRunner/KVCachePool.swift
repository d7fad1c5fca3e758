import Architectures
package import EngineTypes
package import Tensor

/// The memory of the block pools. Groups whose blocks have equal size share one storage, as they share block ids.
package struct KVCachePool: ~Copyable {
    /// One storage per pool.
    private let storages: [Storage]
    private let configuration: KVCacheConfig
    private let backend: any Backend
    /// One layer per cache module, in the model's order.
    let layers: [KVCacheLayer]
    let groupOfModule: [Int]

    /// Reserves address space for the maximum number of blocks; memory is committed when blocks are first written.
    package init(
        modules: [CacheSpec], configuration: KVCacheConfig, dtype: ElementType, backend: any Backend
    ) {
        self.configuration = configuration
        self.backend = backend
        let storages = configuration.pools.map {
            backend.makeStorage(byteCount: $0.blockByteCount * $0.maxBlockCount)
        }
        var layers: [KVCacheLayer?] = Array(repeating: nil, count: modules.count)
        var groupOfModule = Array(repeating: 0, count: modules.count)
        for (index, group) in configuration.groups.enumerated() {
            for (place, module) in group.modules.enumerated() {
                groupOfModule[module] = index
                guard let shape = modules[module].shape(dtype: dtype) else {
                    preconditionFailure("cache module \(module) keeps a state, which is not supported")
                }
                layers[module] = KVCacheLayer(
                    pool: storages[configuration.poolOfGroup[index]], blockByteCount: group.blockByteCount,
                    layerOffset: place * group.pageByteCount, blockSize: group.blockSize, shape: shape)
            }
        }
        self.storages = storages
        self.layers = layers.map { $0! }
        self.groupOfModule = groupOfModule
    }

    var groupCount: Int { configuration.groups.count }

    var initialBlockCounts: [Int] { configuration.pools.map(\.initialBlockCount) }

    /// Returns the total bytes of the pools with `blockCounts` blocks each.
    func byteCount(of blockCounts: [Int]) -> Int { configuration.byteCount(of: blockCounts) }

    /// Makes memory for the final hidden states of all tokens in the blocks.
    func makeHiddenStates(hiddenSize: Int) -> HiddenStatePool? {
        HiddenStatePool(configuration, hiddenSize: hiddenSize, backend: backend)
    }

    func copy(_ copies: [BlockCopy]) {
        forEachGroup { index, storage, blockByteCount in
            let own = copies.filter { $0.group == index }.map { ($0.source.rawValue, $0.destination.rawValue) }
            if !own.isEmpty { backend.copyBlocks(own, pool: storage, blockByteCount: blockByteCount) }
        }
    }

    /// Fills whole blocks with one byte value: 0, or 0xFF, which every float type reads as NaN.
    func fill(_ blocks: [GroupBlock], byte: UInt8) {
        forEachGroup { index, storage, blockByteCount in
            let own = blocks.filter { $0.group == index }.map(\.block.rawValue)
            if !own.isEmpty { backend.fillBlocks(own, pool: storage, blockByteCount: blockByteCount, byte: byte) }
        }
    }

    private func forEachGroup(_ body: (_ group: Int, _ storage: Storage, _ blockByteCount: Int) -> Void) {
        for (index, group) in configuration.groups.enumerated() {
            body(index, storages[configuration.poolOfGroup[index]], group.blockByteCount)
        }
    }
}
