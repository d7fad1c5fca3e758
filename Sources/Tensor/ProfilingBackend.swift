package import Support
internal import Synchronization

/// Measures every operation of another backend. Each call waits until its work is done.
package final class ProfilingBackend: Backend {
    private let base: any Backend
    private let profile: Profile
    private let layers = Mutex<[LinearLayer]>([])

    /// A linear layer that was made.
    package struct LinearLayer: Sendable {
        package let types: [DType]
        package let weights: any LinearWeights
    }

    package var linearLayers: [LinearLayer] { layers.withLock { $0 } }

    package init(_ base: any Backend, profile: Profile) {
        self.base = base
        self.profile = profile
    }

    package var description: String { base.description }
    package var arithmetic: String { base.arithmetic }
    package var threadCount: Int { base.threadCount }
    package var nativeActivationTypes: Set<DType> { base.nativeActivationTypes }
    package func synchronize() { base.synchronize() }

    private func measure<Result>(
        _ name: @autoclosure () -> String, rows: Int, operationCount: Double = 0, byteCount: Double = 0,
        _ body: () -> Result
    ) -> Result {
        let start = MonotonicClock.seconds
        let result = body()
        base.synchronize()
        profile.add(
            name(), rows: rows, seconds: MonotonicClock.seconds - start, operationCount: operationCount,
            byteCount: byteCount)
        return result
    }

    private func measure(_ kind: String, _ input: LinearInput, _ weights: any LinearWeights, _ body: () -> Void) {
        let rows = input.shape[0]
        measure(
            "\(kind) \(weights.inputCount) -> \(weights.outputCount)", rows: rows,
            operationCount: 2 * Double(rows * weights.inputCount * weights.outputCount),
            byteCount: Double(weights.byteCount), body)
    }

    // MARK: Loading

    package func makeLinear(_ parts: [LinearPart], activationType: DType) throws(BackendError) -> any LinearWeights {
        let weights = try base.makeLinear(parts, activationType: activationType)
        layers.withLock { $0.append(LinearLayer(types: parts.map(\.weight.dtype), weights: weights)) }
        return weights
    }

    package func makeKVCacheStorage(byteCount: Int) -> Storage { base.makeKVCacheStorage(byteCount: byteCount) }

    // MARK: Layers

    package func embed(_ ids: [UInt32], table: Tensor, output: Tensor) {
        measure("embed", rows: ids.count) { base.embed(ids, table: table, output: output) }
    }

    package func rmsNorm(_ input: Tensor, weight: Tensor, epsilon: Float, output: Tensor) {
        measure("norm", rows: input.shape[0]) {
            base.rmsNorm(input, weight: weight, epsilon: epsilon, output: output)
        }
    }

    package func addRMSNorm(_ delta: Tensor, residual: Tensor, weight: Tensor, epsilon: Float, output: Tensor) {
        measure("norm", rows: delta.shape[0]) {
            base.addRMSNorm(delta, residual: residual, weight: weight, epsilon: epsilon, output: output)
        }
    }

    package func linear(_ input: LinearInput, _ weights: any LinearWeights, output: Tensor) {
        measure("linear", input, weights) { base.linear(input, weights, output: output) }
    }

    package func gatedLinear(_ input: LinearInput, _ weights: any LinearWeights, output: Tensor) {
        measure("gated linear", input, weights) { base.gatedLinear(input, weights, output: output) }
    }

    package func rotateAndCache(_ qkv: Tensor, rotary: RotaryTable, batch: AttentionBatch, cache: KVCacheLayer) {
        measure("rotate and cache", rows: qkv.shape[0]) {
            base.rotateAndCache(qkv, rotary: rotary, batch: batch, cache: cache)
        }
    }

    package func attention(
        _ qkv: Tensor, parameters: AttentionParameters, batch: AttentionBatch, cache: KVCacheLayer, output: Tensor
    ) {
        measure("attention", rows: qkv.shape[0]) {
            base.attention(qkv, parameters: parameters, batch: batch, cache: cache, output: output)
        }
    }

    package func gatherRows(_ input: Tensor, rows: [Int32], output: Tensor) {
        measure("gather rows", rows: rows.count) { base.gatherRows(input, rows: rows, output: output) }
    }

    // MARK: Logits

    /// Operations on single rows are parts of this one.
    package func forEachRow(_ count: Int, _ body: @Sendable (_ row: Int, _ worker: Int) -> Void) {
        measure("rows of logits", rows: count) { base.forEachRow(count, body) }
    }

    package func rowStatistics(_ logits: Tensor) -> [RowStatistics] { base.rowStatistics(logits) }

    package func argmax(_ logits: Tensor, row: Int) -> (index: Int32, value: Float) { base.argmax(logits, row: row) }

    package func topK(_ logits: Tensor, row: Int, count: Int) -> [(index: Int32, value: Float)] {
        base.topK(logits, row: row, count: count)
    }

    package func nucleus(_ weights: Tensor, row: Int, target: Double) -> [(index: Int32, value: Float)] {
        base.nucleus(weights, row: row, target: target)
    }

    package func countAtLeast(_ logits: Tensor, row: Int, value: Float) -> Int {
        base.countAtLeast(logits, row: row, value: value)
    }

    package func exponentiate(
        _ logits: Tensor, row: Int, maximum: Float, inverseTemperature: Float, threshold: Float
    ) -> Double {
        base.exponentiate(
            logits, row: row, maximum: maximum, inverseTemperature: inverseTemperature, threshold: threshold)
    }

    package func pickWeighted(_ weights: Tensor, row: Int, target: Double) -> Int {
        base.pickWeighted(weights, row: row, target: target)
    }

    // MARK: Cache blocks

    package func copyBlocks(_ copies: [(source: Int32, destination: Int32)], pool: Storage, blockByteCount: Int) {
        base.copyBlocks(copies, pool: pool, blockByteCount: blockByteCount)
    }

    package func fillBlocks(_ blocks: [Int32], pool: Storage, blockByteCount: Int, byte: UInt8) {
        base.fillBlocks(blocks, pool: pool, blockByteCount: blockByteCount, byte: byte)
    }
}
