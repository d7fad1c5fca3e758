package import Architectures
package import EngineTypes
import Layers
package import Tensor

/// The worker: holds the batch rows and the key-value pool, runs the model and samples. Lives on the engine's thread.
package struct ModelRunner: Executor, ~Copyable {
    private let model: any LanguageModel
    private let backend: any Backend
    private let pool: KVCachePool
    private let scratch: Scratch
    private let poisonsFreedBlocks: Bool
    /// Asks for memory: whether the cache may grow to this many bytes.
    private let takesMemory: @Sendable (Int) -> Bool
    /// Number of blocks per pool that are reserved for this engine.
    private let guaranteedBlockCounts: [Int]
    /// Number of blocks per pool that may be used now.
    private var blockCounts: [Int]
    private var batch = InputBatch()
    private var inputs: StepInputs
    private let sampler: Sampler
    /// Final hidden states of the step's kept rows, set between `execute` and `sample`.
    private var hidden: Tensor?
    private var keptRows = KeptRows()
    private var stepID = 0
    private let hiddenStates: HiddenStatePool?

    /// `takesMemory`: asked whether the pools may grow to a number of bytes; `guaranteedBlockCounts` are already
    /// reserved. `poisonsFreedBlocks`: fills freed blocks with NaNs, so that a read of one shows in the output.
    package init(
        model: any LanguageModel, backend: any Backend, pool: consuming KVCachePool,
        sampling: SamplerConfig = SamplerConfig(), poisonsFreedBlocks: Bool = false,
        guaranteedBlockCounts: [Int]? = nil, takesMemory: @escaping @Sendable (Int) -> Bool = { _ in true }
    ) {
        self.guaranteedBlockCounts = guaranteedBlockCounts ?? pool.initialBlockCounts
        self.takesMemory = takesMemory
        blockCounts = pool.initialBlockCounts
        self.model = model
        self.backend = backend
        scratch = Scratch(backend)
        hiddenStates = pool.makeHiddenStates(hiddenSize: model.hiddenSize)
        inputs = StepInputs(groupCount: pool.groupCount)
        self.pool = pool
        self.poisonsFreedBlocks = poisonsFreedBlocks
        sampler = Sampler(backend: backend, vocabularySize: model.vocabularySize, configuration: sampling)
    }

    package mutating func execute(_ output: SchedulerOutput) throws(DeviceError) {
        stepID = output.stepID
        batch.apply(output)
        pool.copy(output.blockCopies)
        pool.fill(output.blocksToZero, byte: 0)
        inputs.fill(from: batch, backend)
        keptRows.fill(from: batch)
        scratch.reset()
        hidden = inputs.isEmpty ? nil : model.forward(inputs.forwardInput, context)
    }

    package mutating func sample(bitmask: TokenBitmask?) throws(DeviceError) -> ModelRunnerOutput {
        var output = ModelRunnerOutput()
        output.stepID = stepID
        if let hidden { keepStates(hidden) }
        // States must be stored first: a request may score positions that another request computed in this step.
        output.promptLogprobs = cachedPromptLogprobs()
        guard let hidden else { return output }
        output.promptLogprobs += promptLogprobs(hidden)
        output.pooled = pooledPrompts(hidden)
        guard !keptRows.samplingRows.isEmpty else { return output }
        scratch.scope {
            let logits = model.logits(gather(hidden, rows: keptRows.samplingHidden), context)
            let rows = keptRows.samplingRows.map { SamplingRow(batch.rows[$0]) }
            output.sampled = sampler.sample(rows, logits: logits, bitmask: bitmask)
        }
        for (row, sampled) in zip(keptRows.samplingRows, output.sampled) {
            for token in sampled.tokenIDs { batch.append(token, toRow: row) }
        }
        return output
    }

    /// Only updates counts: address space is reserved up to the maximum, and memory is committed when first written.
    package mutating func growPools(to wanted: [Int]) throws(DeviceError) -> [Int] {
        let guaranteed = zip(zip(wanted, guaranteedBlockCounts).map(min), blockCounts).map(max)
        for counts in [wanted, guaranteed] where takesMemory(pool.byteCount(of: counts)) {
            blockCounts = counts
            break
        }
        return blockCounts
    }

    package var tracksFreedBlocks: Bool { poisonsFreedBlocks }

    package mutating func blocksWereFreed(_ blocks: [GroupBlock]) { pool.fill(blocks, byte: 0xFF) }

    private var context: ForwardContext {
        ForwardContext(
            backend: backend, scratch: scratch, batches: inputs.prepared, caches: pool.layers,
            groupOfModule: pool.groupOfModule, keptRows: keptRows.tokens)
    }

    private func pooledPrompts(_ hidden: Tensor) -> [PooledPrompt] {
        if !keptRows.pooled.isEmpty { backend.synchronize() }
        return keptRows.pooled.map { pooled in
            let state = hidden.rows(Int(pooled.hidden)..<Int(pooled.hidden) + 1).floatArray
            return PooledPrompt(id: batch.rows[pooled.batchRow].id, vector: pooled.params.vector(of: state))
        }
    }

    private func keepStates(_ hidden: Tensor) {
        for stored in keptRows.stored {
            hiddenStates?.store(hidden, from: stored.hidden, stored.positions, batch.rows[stored.batchRow])
        }
    }

    private func gather(_ hidden: Tensor, rows: [Int32]) -> Tensor {
        let gathered = scratch.take(rows.count, model.hiddenSize)
        backend.gatherRows(hidden, rows: rows, output: gathered)
        return gathered
    }
}

extension ModelRunner {
    /// Rows of logits held at once for prompt log-probabilities, which bounds memory for any prompt length.
    private static let promptLogprobsTile = 64

    /// Scores the positions of this step's prompts; position p is scored by the hidden state of position p - 1.
    private func promptLogprobs(_ hidden: Tensor) -> [PromptLogprobsChunk] {
        keptRows.scored.map { scored in
            scores(of: scored.batchRow, scored.positions) { positions in
                let first = scored.hidden + Int32(positions.lowerBound - scored.positions.lowerBound)
                return gather(hidden, rows: (0..<Int32(positions.count)).map { first + $0 })
            }
        }
    }

    /// Scores positions of cached prefixes, from their stored hidden states.
    private func cachedPromptLogprobs() -> [PromptLogprobsChunk] {
        batch.cachedScoringRows.map { index in
            scores(of: index, batch.rows[index].cachedScoredPositions) { positions in
                guard let hiddenStates else { fatalError("a cached prefix has no hidden states") }
                return hiddenStates.load(positions, batch.rows[index], scratch)
            }
        }
    }

    /// Computes the log-probabilities of the tokens that follow `positions` from their hidden states, tile by tile.
    private func scores(
        of index: Int, _ positions: Range<Int>, _ hidden: (Range<Int>) -> Tensor
    ) -> PromptLogprobsChunk {
        var items: [PositionLogprobs] = []
        for start in stride(from: positions.lowerBound, to: positions.upperBound, by: Self.promptLogprobsTile) {
            let tile = start..<min(start + Self.promptLogprobsTile, positions.upperBound)
            let targets = Array(batch.rows[index].tokenIDs[tile.lowerBound + 1...tile.upperBound])
            items += scratch.scope {
                let sampling = batch.rows[index].work.generation!.sampling
                return sampler.promptLogprobs(of: targets, sampling, model.logits(hidden(tile), context))
            }
        }
        return PromptLogprobsChunk(id: batch.rows[index].id, start: positions.lowerBound + 1, items: items)
    }
}

extension PoolingParams {
    /// Turns the last token's final hidden state into the vector of the prompt.
    fileprivate func vector(of state: [Float]) -> Result<[Float], RequestError> {
        guard state.allSatisfy(\.isFinite) else {
            return .failure(
                RequestError(.modelFailure, "the final hidden state of the prompt is not finite: it cannot be pooled"))
        }
        guard isNormalized else { return .success(state) }
        let length = state.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        return .success(length > 0 ? state.map { Float(Double($0) / length) } : state)
    }
}
