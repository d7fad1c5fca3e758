import Architectures
import CPUBackend
import Tensor

/// One sequence in the caches of a model's layers, on which attention is timed.
struct AttentionBenchmark {
    private let device: CPUBackend
    private let caches: [KVCacheLayer]
    private let spec: AttentionSpec
    private let context: Int
    private let blockCount: Int

    private static let blockSize = 16

    init(_ modules: [CacheSpec], headCount: Int, context: Int, dtype: ElementType, _ device: CPUBackend) {
        self.device = device
        self.context = context
        let blockSize = Self.blockSize
        let blockCount = (context + blockSize - 1) / blockSize
        let shape = modules[0].shape(dtype: dtype)!
        let layerByteCount = device.pageByteCount(shape, blockSize: blockSize)
        let blockByteCount = layerByteCount * modules.count
        let pool = device.makeStorage(byteCount: blockByteCount * blockCount)
        // Writes the pages first: pages that were never written all map to one page of zeros.
        device.fillBlocks((0..<blockCount).map { Int32($0) }, pool: pool, blockByteCount: blockByteCount, byte: 0)
        caches = modules.indices.map { index in
            KVCacheLayer(
                pool: pool, blockByteCount: blockByteCount, layerOffset: layerByteCount * index, blockSize: blockSize,
                shape: shape)
        }
        spec = AttentionSpec(
            headCount: headCount, kvHeadCount: shape.headCount, keyDim: shape.keyDim,
            scale: 1 / Float(shape.keyDim).squareRoot())
        self.blockCount = blockCount
    }

    /// Bytes of keys and values that one call reads.
    var byteCount: Double {
        Double(2 * context * spec.kvHeadCount * spec.keyDim * caches[0].shape.dtype.byteCount)
    }

    /// Operations for scores and weighted values, over the keys that each query sees.
    func operationCount(queries: Int) -> Double {
        let pairs = Double(queries) * (Double(context) - Double(queries - 1) / 2)
        return 4 * pairs * Double(spec.headCount * spec.keyDim)
    }

    /// Calls `body` with a closure that runs attention on the next layer each time.
    func prepare(queries: Int, _ body: (() -> Void) -> Double) -> Double {
        var batch = AttentionBatch()
        batch.positions = (context - queries..<context).map { Int32($0) }
        batch.sequenceOfToken = Array(repeating: 0, count: queries)
        batch.queryStarts = [0, Int32(queries)]
        batch.contextLengths = [Int32(context)]
        batch.blockTables = (0..<blockCount).map { Int32($0) }
        batch.blockTableStride = blockCount
        let heads = spec.headCount + 2 * spec.kvHeadCount
        let qkv = Tensor(zeros: Shape(queries, heads * spec.keyDim))
        let output = Tensor(zeros: Shape(queries, spec.headCount * spec.keyDim))
        let prepared = device.prepare(batch, reusing: nil)
        var layer = 0
        return body {
            device.attention(qkv, spec, prepared, caches[layer % caches.count], output: output)
            layer += 1
        }
    }
}
