package import Architectures
package import EngineTypes
package import Tensor

/// The memory behind the block pools: groups whose blocks have equal size share one storage, as they share block ids.
package struct KVCachePool: ~Copyable {
    private var storages: [Int: Storage] = [:]
    private let groups: [KVCacheGroup]
    private let backend: any Backend
    private let maxBlockCount: Int
    private let blockSize: Int
    /// One a cache module, in the model's order.
    let layers: [KVCacheLayer]
    let groupOfModule: [Int]

    /// Address space for `maxBlockCount` blocks a pool; memory is committed as blocks are first written.
    package init(
        modules: [CacheModule], groups: [KVCacheGroup], maxBlockCount: Int, blockSize: Int, dtype: DType,
        backend: any Backend
    ) {
        self.groups = groups
        self.backend = backend
        self.maxBlockCount = maxBlockCount
        self.blockSize = blockSize
        for group in groups where storages[group.blockByteCount] == nil {
            storages[group.blockByteCount] = backend.makeKVCacheStorage(
                byteCount: group.blockByteCount * maxBlockCount)
        }
        var layers: [KVCacheLayer?] = Array(repeating: nil, count: modules.count)
        var groupOfModule = Array(repeating: 0, count: modules.count)
        for (index, group) in groups.enumerated() {
            for (place, module) in group.modules.enumerated() {
                groupOfModule[module] = index
                layers[module] = KVCacheLayer(
                    pool: storages[group.blockByteCount]!, blockByteCount: group.blockByteCount,
                    layerOffset: place * group.spec.byteCount, blockSize: blockSize,
                    kvHeadCount: modules[module].kvHeadCount, headDim: modules[module].headDim, dtype: dtype)
            }
        }
        self.layers = layers.map { $0! }
        self.groupOfModule = groupOfModule
    }

    /// Room for the final hidden states of all tokens in the blocks.
    func makeHiddenStates(hiddenSize: Int) -> HiddenStatePool? {
        HiddenStatePool(
            groups: groups, maxBlockCount: maxBlockCount, blockSize: blockSize, hiddenSize: hiddenSize, backend: backend
        )
    }

    func copy(_ copies: [BlockCopy]) {
        for (index, group) in groups.enumerated() {
            let own = copies.filter { $0.group == index }.map { ($0.source.rawValue, $0.destination.rawValue) }
            guard !own.isEmpty, let storage = storages[group.blockByteCount] else { continue }
            backend.copyBlocks(own, pool: storage, blockByteCount: group.blockByteCount)
        }
    }

    /// Fills whole blocks with one byte: 0, or 0xFF, which every float type reads as NaN.
    func fill(_ blocks: [GroupBlock], byte: UInt8) {
        for (index, group) in groups.enumerated() {
            let own = blocks.filter { $0.group == index }.map(\.block.rawValue)
            guard !own.isEmpty, let storage = storages[group.blockByteCount] else { continue }
            backend.fillBlocks(own, pool: storage, blockByteCount: group.blockByteCount, byte: byte)
        }
    }
}
