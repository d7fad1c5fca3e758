/// Everything that distinguishes one attention layer from another. A new kind of attention adds a field, not a kernel.
package struct AttentionParameters: Hashable, Sendable {
    package var headCount: Int
    package var kvHeadCount: Int
    /// Width of a query and a key head, and of a value head. Even.
    package var headDim: Int
    /// Multiplies every score; usually `1 / sqrt(headDim)`.
    package var scale: Float
    /// Scores become `softCap * tanh(score / softCap)`; nil for none.
    package var softCap: Float?
    /// A token sees itself and the `window - 1` tokens before it; nil for all.
    package var window: Int?

    package init(
        headCount: Int, kvHeadCount: Int, headDim: Int, scale: Float, softCap: Float? = nil, window: Int? = nil
    ) {
        self.headCount = headCount
        self.kvHeadCount = kvHeadCount
        self.headDim = headDim
        self.scale = scale
        self.softCap = softCap
        self.window = window
    }
}

/// Cosines and sines by position: two float32 tables `[positions, rotatedDim / 2]`. Dimension i turns with
/// `i + rotatedDim / 2` (the halves form).
package struct RotaryTable: Sendable {
    package var cosines: Tensor
    package var sines: Tensor
    /// The leading dimensions of a head that turn; the rest pass.
    package var rotatedDim: Int

    package init(cosines: Tensor, sines: Tensor, rotatedDim: Int) {
        self.cosines = cosines
        self.sines = sines
        self.rotatedDim = rotatedDim
    }
}

/// Where the keys and values of one layer lie inside the pages of a block pool.
///
/// Block `b` of the pool starts at byte `b * blockByteCount`; this layer's part of it starts `layerOffset` bytes later
/// and has `layerByteCount` bytes. How it is arranged inside is the backend's own business.
package struct KVCacheLayer: Sendable {
    package var pool: Storage
    package var blockByteCount: Int
    package var layerOffset: Int
    /// Tokens a block, a multiple of 16.
    package var blockSize: Int
    package var kvHeadCount: Int
    package var headDim: Int
    /// float32, float16 or bfloat16.
    package var dtype: DType

    package init(
        pool: Storage, blockByteCount: Int, layerOffset: Int, blockSize: Int, kvHeadCount: Int, headDim: Int,
        dtype: DType
    ) {
        self.pool = pool
        self.blockByteCount = blockByteCount
        self.layerOffset = layerOffset
        self.blockSize = blockSize
        self.kvHeadCount = kvHeadCount
        self.headDim = headDim
        self.dtype = dtype
    }

    /// Bytes of one layer in one block: keys and values.
    package var layerByteCount: Int {
        Self.layerByteCount(blockSize: blockSize, kvHeadCount: kvHeadCount, headDim: headDim, dtype: dtype)
    }

    package static func layerByteCount(blockSize: Int, kvHeadCount: Int, headDim: Int, dtype: DType) -> Int {
        2 * blockSize * kvHeadCount * headDim * dtype.blockByteCount
    }
}

/// The sequences of a step as attention needs them: flat arrays, reused from step to step.
package struct AttentionBatch: Sendable {
    /// Absolute position of each token.
    package var positions: [Int32] = []
    /// Sequence that each token belongs to: an index into the arrays below.
    package var sequenceOfToken: [Int32] = []
    /// First token of each sequence in the batch, and one more element: the token count.
    package var queryStarts: [Int32] = [0]
    /// Keys of each sequence once this step's are written: the position of its last token + 1.
    package var contextLengths: [Int32] = []
    /// Block tables, one after another with stride `blockTableStride`.
    package var blockTables: [Int32] = []
    package var blockTableStride = 0

    package init() {}

    package var tokenCount: Int { positions.count }
    package var sequenceCount: Int { contextLengths.count }
}
