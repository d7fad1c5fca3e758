import EngineTypes
import Tensor

/// A request in a step's sampling: its history and parameters.
struct SamplingRow {
    var id: RequestID
    var sampling: SamplingParams
    var seed: UInt64
    var choiceIndex: Int
    var tokenIDs: [TokenID]
    var promptTokenCount: Int
    var stopTokenIDs: [TokenID]
    var processors: [any LogitsProcessor]

    var outputTokenCount: Int { tokenIDs.count - promptTokenCount }
    var outputTokenIDs: ArraySlice<TokenID> { tokenIDs[promptTokenCount...] }

    /// A number in [0, 1) for the next position. Draw 0 chooses the token.
    func uniform(draw: Int) -> Double {
        CounterRandom(seed: seed).uniform(child: choiceIndex, position: tokenIDs.count, draw: draw)
    }

    /// What processors see.
    var context: SamplingContext {
        let (random, choiceIndex, position) = (CounterRandom(seed: seed), choiceIndex, tokenIDs.count)
        return SamplingContext(
            tokenIDs: tokenIDs, promptTokenCount: promptTokenCount, sampling: sampling, stopTokenIDs: stopTokenIDs
        ) { draw in random.uniform(child: choiceIndex, position: position, draw: draw + 1) }
    }
}

extension SamplingRow {
    init(_ row: InputBatch.Row) {
        id = row.id
        sampling = row.sampling
        seed = row.seed
        choiceIndex = row.choiceIndex
        tokenIDs = row.tokenIDs
        promptTokenCount = row.promptTokenCount
        stopTokenIDs = row.stopTokenIDs
        processors = row.processors
    }
}

/// Biases tokens by a request's parameters and history: edits that one backend operation applies.
protocol LogitEditor: Sendable {
    func edits(for row: SamplingRow) -> [LogitEdit]
}
