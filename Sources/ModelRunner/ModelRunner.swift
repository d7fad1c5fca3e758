package import Architectures
package import EngineTypes
import Layers
package import Tensor

/// The worker: keeps the batch rows and the key-value pool, runs the model and samples. Lives on the engine's thread.
package struct ModelRunner: Executor, ~Copyable {
    private let model: any LanguageModel
    private let backend: any Backend
    private let pool: KVCachePool
    private let scratch = Scratch()
    private let poisonsFreedBlocks: Bool
    private var batch = InputBatch()
    private var inputs: StepInputs
    private var sampler: Sampler
    /// Final hidden states of the step's kept rows, between `execute` and `sample`.
    private var hidden: Tensor?
    private var keptRows = KeptRows()

    /// `poisonsFreedBlocks`: freed blocks are filled with NaNs, so that a read of one shows in the output.
    package init(
        model: any LanguageModel, backend: any Backend, pool: consuming KVCachePool, groupCount: Int,
        poisonsFreedBlocks: Bool = false
    ) {
        self.model = model
        self.backend = backend
        self.pool = pool
        self.poisonsFreedBlocks = poisonsFreedBlocks
        inputs = StepInputs(groupCount: groupCount)
        sampler = Sampler(backend: backend, vocabularySize: model.vocabularySize)
    }

    package mutating func execute(_ output: SchedulerOutput) throws(DeviceError) {
        batch.apply(output)
        pool.copy(output.blockCopies)
        pool.fill(output.blocksToZero, byte: 0)
        guard !output.isEmpty else { return hidden = nil }
        inputs.fill(from: batch)
        keptRows.fill(from: batch)
        scratch.reset()
        hidden = model.forward(inputs.tokenIDs, context)
    }

    package mutating func sample(bitmask: TokenBitmask?) throws(DeviceError) -> ModelRunnerOutput {
        var output = ModelRunnerOutput()
        guard let hidden else { return output }
        output.promptLogprobs = promptLogprobs(hidden)
        guard !keptRows.samplingRows.isEmpty else { return output }
        scratch.scope {
            let logits = logits(hidden, rows: keptRows.samplingHidden)
            output.sampled.reserveCapacity(keptRows.samplingRows.count)
            for (logitsRow, row) in keptRows.samplingRows.enumerated() {
                let mask = bitmask?.row(of: batch.rows[row].id)
                let sampled = sampler.sample(
                    SamplingRow(batch.rows[row]), logits: logits, row: logitsRow, bitmask: mask, scratch: scratch)
                batch.append(sampled.tokenIDs[0], toRow: row)
                output.sampled.append(sampled)
            }
        }
        return output
    }

    /// Memory is reserved up to the cap and committed when first written, so growing is bookkeeping alone.
    package mutating func growPool(to blockCount: Int) throws(DeviceError) {}

    package var tracksFreedBlocks: Bool { poisonsFreedBlocks }

    package mutating func blocksWereFreed(_ blocks: [GroupBlock]) { pool.fill(blocks, byte: 0xFF) }

    private var context: ForwardContext {
        ForwardContext(
            backend: backend, scratch: scratch, batches: inputs.batches, caches: pool.layers,
            groupOfModule: pool.groupOfModule, keptRows: keptRows.tokens)
    }

    private func logits(_ hidden: Tensor, rows: [Int32]) -> Tensor {
        let gathered = scratch.take(rows.count, model.hiddenSize)
        backend.gatherRows(hidden, rows: rows, output: gathered)
        return model.logits(gathered, context)
    }
}

extension ModelRunner {
    /// Rows of logits held at once for prompt log-probabilities: memory stays at rows x vocabulary whatever the prompt.
    private static let promptLogprobsTile = 64

    /// Position p of a prompt is scored by the hidden state of position p - 1.
    private func promptLogprobs(_ hidden: Tensor) -> [PromptLogprobsChunk] {
        var chunks: [PromptLogprobsChunk] = []
        for scored in keptRows.scored {
            let index = scored.batchRow
            let (start, end) = (scored.positions.lowerBound, scored.positions.upperBound)
            let topCount = batch.rows[index].sampling.promptLogprobs ?? 0
            var items: [PositionLogprobs] = []
            var position = start
            while position < end {
                let count = min(Self.promptLogprobsTile, end - position)
                let rows = (0..<count).map { scored.hidden + Int32(position - start + $0) }
                let targets = Array(batch.rows[index].tokenIDs[position + 1...position + count])
                items += scratch.scope {
                    sampler.logprobs(of: targets, topCount: topCount, logits: logits(hidden, rows: rows))
                }
                position += count
            }
            chunks.append(PromptLogprobsChunk(id: batch.rows[index].id, start: start + 1, items: items))
        }
        return chunks
    }
}
