/// Forwards every call to another backend: the base class of backends that observe operations.
package class ForwardingBackend: Backend, @unchecked Sendable {
    package let base: any Backend

    package init(_ base: any Backend) { self.base = base }

    package final var description: String { base.description }
    package final var arithmetic: String { base.arithmetic }
    package final var threadCount: Int { base.threadCount }
    package final var nativeActivationTypes: Set<ElementType> { base.nativeActivationTypes }

    package final func requireSupport(_ descriptor: any OpDescriptor) throws(BackendError) {
        try base.requireSupport(descriptor)
    }

    package func embed(_ ids: [UInt32], _ spec: EmbeddingSpec, output: Tensor) {
        base.embed(ids, spec, output: output)
    }

    package func gatherRows(_ input: Tensor, rows: [Int32], output: Tensor) {
        base.gatherRows(input, rows: rows, output: output)
    }

    package func normalize(_ input: RowInput, output: Tensor) { base.normalize(input, output: output) }

    package func makeLinear(_ parts: [LinearPart], inputFormat: InputFormat) throws(BackendError) -> any LinearWeights {
        try base.makeLinear(parts, inputFormat: inputFormat)
    }

    package final func firstNonFinite(in matrix: Tensor) -> MatrixPlace? { base.firstNonFinite(in: matrix) }

    package func copyColumns(_ input: HeadColumns, width: Int, headCount: Int, output: HeadColumns) {
        base.copyColumns(input, width: width, headCount: headCount, output: output)
    }

    package func linear(_ input: HeadColumns, perHead weights: [any LinearWeights], output: HeadColumns) {
        base.linear(input, perHead: weights, output: output)
    }

    package func route(_ scores: Tensor, _ spec: RoutingSpec) -> ExpertRoutes { base.route(scores, spec) }

    package func experts(
        _ input: Tensor, _ routes: ExpertRoutes, _ weights: ExpertWeights, addend: ExpertAddend?,
        workspace: (inner: Tensor, outer: Tensor), output: Tensor
    ) {
        base.experts(input, routes, weights, addend: addend, workspace: workspace, output: output)
    }

    package func linear(_ input: RowInput, _ weights: any LinearWeights, _ epilogue: LinearEpilogue, output: Tensor) {
        base.linear(input, weights, epilogue, output: output)
    }

    package final func prepare(_ batch: AttentionBatch, reusing former: (any PreparedBatch)?) -> any PreparedBatch {
        base.prepare(batch, reusing: former)
    }

    package func writeHeads(_ qkv: Tensor, _ spec: HeadSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer) {
        base.writeHeads(qkv, spec, batch, cache)
    }

    package func attention(
        _ qkv: Tensor, _ spec: AttentionSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer, output: Tensor
    ) {
        base.attention(qkv, spec, batch, cache, output: output)
    }

    package final func makeSamplingMemory(vocabularySize: Int) -> any SamplingMemory {
        base.makeSamplingMemory(vocabularySize: vocabularySize)
    }

    package func sample(_ logits: Tensor, _ plan: SamplingPlan, _ memory: any SamplingMemory) -> [TokenChoice] {
        base.sample(logits, plan, memory)
    }

    package func score(_ logits: Tensor, _ tokens: [UInt32], _ report: LogprobReport) -> [PositionScores] {
        base.score(logits, tokens, report)
    }

    // MARK: Memory

    package final func makeStorage(byteCount: Int) -> Storage { base.makeStorage(byteCount: byteCount) }

    package final func pageByteCount(_ shape: KVCacheShape, blockSize: Int) -> Int {
        base.pageByteCount(shape, blockSize: blockSize)
    }

    package final func copyBlocks(
        _ copies: [(source: Int32, destination: Int32)], pool: Storage, blockByteCount: Int
    ) {
        base.copyBlocks(copies, pool: pool, blockByteCount: blockByteCount)
    }

    package final func fillBlocks(_ blocks: [Int32], pool: Storage, blockByteCount: Int, byte: UInt8) {
        base.fillBlocks(blocks, pool: pool, blockByteCount: blockByteCount, byte: byte)
    }

    package final func synchronize() { base.synchronize() }
}
