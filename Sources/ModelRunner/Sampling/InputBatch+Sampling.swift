import EngineTypes
import Support

extension InputBatch.Row {
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
