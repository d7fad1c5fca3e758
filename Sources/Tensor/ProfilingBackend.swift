package import Support
internal import Synchronization

/// Measures every operation of another backend. Each call waits for its work to finish.
package final class ProfilingBackend: ForwardingBackend, @unchecked Sendable {
    private let profile: Profile
    private let layers = Mutex<[LinearLayer]>([])

    /// A linear layer made through this backend.
    package struct LinearLayer: Sendable {
        /// Names of the formats of its matrices.
        package let formats: [String]
        /// Whether all its matrices are quantised.
        package let isQuantized: Bool
        package let weights: any LinearWeights
    }

    package var linearLayers: [LinearLayer] { layers.withLock { $0 } }

    package init(_ base: any Backend, profile: Profile) {
        self.profile = profile
        super.init(base)
    }

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

    package override func makeLinear(
        _ parts: [LinearPart], inputFormat: InputFormat
    ) throws(BackendError) -> any LinearWeights {
        let weights = try base.makeLinear(parts, inputFormat: inputFormat)
        let layer = LinearLayer(
            formats: parts.map(\.weight.formatName), isQuantized: parts.allSatisfy(\.weight.isQuantized),
            weights: weights)
        layers.withLock { $0.append(layer) }
        return weights
    }

    package override func embed(_ ids: [UInt32], _ spec: EmbeddingSpec, output: Tensor) {
        measure("embed", rows: ids.count) { base.embed(ids, spec, output: output) }
    }

    package override func gatherRows(_ input: Tensor, rows: [Int32], output: Tensor) {
        measure("gather rows", rows: rows.count) { base.gatherRows(input, rows: rows, output: output) }
    }

    package override func normalize(_ input: RowInput, output: Tensor) {
        measure("norm", rows: input.shape[0]) { base.normalize(input, output: output) }
    }

    package override func linear(
        _ input: RowInput, _ weights: any LinearWeights, _ epilogue: LinearEpilogue, output: Tensor
    ) {
        let rows = input.shape[0]
        measure(
            "\(epilogue.isGated ? "gated linear" : "linear") \(weights.inputCount) -> \(weights.outputCount)",
            rows: rows, operationCount: 2 * Double(rows * weights.inputCount * weights.outputCount),
            byteCount: Double(weights.byteCount)
        ) { base.linear(input, weights, epilogue, output: output) }
    }

    package override func writeHeads(
        _ qkv: Tensor, _ spec: HeadSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer
    ) {
        measure("write heads", rows: qkv.shape[0]) { base.writeHeads(qkv, spec, batch, cache) }
    }

    package override func attention(
        _ qkv: Tensor, _ spec: AttentionSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer, output: Tensor
    ) {
        measure("attention", rows: qkv.shape[0]) { base.attention(qkv, spec, batch, cache, output: output) }
    }

    package override func sample(
        _ logits: Tensor, _ plan: SamplingPlan, _ memory: any SamplingMemory
    ) -> [TokenChoice] {
        measure("sample", rows: plan.rows.count) { base.sample(logits, plan, memory) }
    }

    package override func score(_ logits: Tensor, _ tokens: [UInt32], _ report: LogprobReport) -> [PositionScores] {
        measure("score", rows: tokens.count) { base.score(logits, tokens, report) }
    }
}
