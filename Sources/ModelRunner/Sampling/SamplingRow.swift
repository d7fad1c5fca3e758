import EngineTypes
import Support
import Tensor

/// The tokens of a request before a position: all that sampling may know of its history. Excludes drafts of later
/// positions.
struct HistoryView {
    private let tokens: [TokenID]
    let promptTokenCount: Int
    let count: Int

    init(_ tokens: [TokenID], promptTokenCount: Int, count: Int) {
        self.tokens = tokens
        self.promptTokenCount = promptTokenCount
        self.count = count
    }

    var tokenIDs: [TokenID] { count == tokens.count ? tokens : Array(tokens[..<count]) }
    var outputTokenIDs: ArraySlice<TokenID> { tokens[promptTokenCount..<count] }
    var outputTokenCount: Int { count - promptTokenCount }
}

/// A position of a request for which a token is chosen.
struct SamplingRow {
    let id: RequestID
    let work: GenerationWork
    let stopTokenIDs: [TokenID]
    let history: HistoryView

    /// `request` must generate. `draftPosition`: position relative to the accepted tokens; 0 for the next one.
    init(_ request: InputBatch.Row, draftPosition: Int = 0) {
        guard let work = request.work.generation else { fatalError("\(request.id) does not generate") }
        id = request.id
        self.work = work
        stopTokenIDs = request.stopTokenIDs
        history = HistoryView(
            request.tokenIDs, promptTokenCount: request.promptTokenCount,
            count: request.tokenIDs.count + draftPosition)
    }

    var sampling: SamplingParams { work.sampling }

    /// Returns a random number in [0, 1) for this position. Draw 0 chooses the token.
    func uniform(draw: Int) -> Double {
        CounterRandom(seed: work.seed).uniform(child: work.choiceIndex, position: history.count, draw: draw)
    }

    /// The context passed to logits processors.
    var context: SamplingContext {
        let (random, choiceIndex, position) = (CounterRandom(seed: work.seed), work.choiceIndex, history.count)
        return SamplingContext(
            tokenIDs: history.tokenIDs, promptTokenCount: history.promptTokenCount, sampling: sampling,
            stopTokenIDs: stopTokenIDs
        ) { draw in random.uniform(child: choiceIndex, position: position, draw: draw + 1) }
    }
}
