/// The data that a layer caches per token: the keys and values of some heads.
package struct KVCacheShape: OpDescriptor, Hashable {
    package var headCount: Int
    /// Width of a key head; even.
    package var keyDim: Int
    package var valueDim: Int
    /// As `AttentionSpec.valueOffset`: values that are parts of their keys take no memory.
    package var valueOffset: Int?
    package var dtype: ElementType

    package init(headCount: Int, keyDim: Int, valueDim: Int? = nil, valueOffset: Int? = nil, dtype: ElementType) {
        self.headCount = headCount
        self.keyDim = keyDim
        self.valueDim = valueDim ?? keyDim
        self.valueOffset = valueOffset
        self.dtype = dtype
    }

    /// Number of elements of a token's keys and values, over all heads.
    package var elementsPerToken: Int { headCount * (keyDim + (valueOffset == nil ? valueDim : 0)) }
}

/// The location of one layer's keys and values inside the blocks of a pool.
///
/// Block `b` of the pool starts at byte `b * blockByteCount`; this layer's part starts `layerOffset` bytes later. The
/// layout inside that part is up to the backend.
package struct KVCacheLayer: Sendable {
    package var pool: Storage
    package var blockByteCount: Int
    package var layerOffset: Int
    /// Tokens per block, a multiple of 16.
    package var blockSize: Int
    package var shape: KVCacheShape

    package init(pool: Storage, blockByteCount: Int, layerOffset: Int, blockSize: Int, shape: KVCacheShape) {
        self.pool = pool
        self.blockByteCount = blockByteCount
        self.layerOffset = layerOffset
        self.blockSize = blockSize
        self.shape = shape
    }
}
