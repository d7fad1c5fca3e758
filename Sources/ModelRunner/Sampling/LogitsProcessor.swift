import EngineTypes
import Tensor

/// A request in a step's sampling: its history and parameters.
package struct SamplingRow {
    package var id: RequestID
    package var sampling: SamplingParams
    package var seed: UInt64
    package var choiceIndex: Int
    package var tokenIDs: [TokenID]
    package var promptTokenCount: Int
    package var stopTokenIDs: [TokenID]
    package var processors: [any LogitsProcessor]

    package var outputTokenCount: Int { tokenIDs.count - promptTokenCount }
    package var outputTokenIDs: ArraySlice<TokenID> { tokenIDs[promptTokenCount...] }

    /// A number in [0, 1) for the next position. Draw 0 chooses the token.
    package func uniform(draw: Int) -> Double {
        CounterRandom(seed: seed).uniform(child: choiceIndex, position: tokenIDs.count, draw: draw)
    }

    /// What processors see.
    package var context: SamplingContext {
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
