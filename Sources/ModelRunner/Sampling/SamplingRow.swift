import EngineTypes
import Support
import Tensor

/// The tokens of a request up to a position: all that sampling may know of its history. Drafts of later positions are
/// not part of it.
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

/// A position of a request that a token is chosen for.
struct SamplingRow {
    let request: InputBatch.Row
    let history: HistoryView

    /// `draftPosition`: of the tokens after those that are accepted; 0 for the next one.
    init(_ request: InputBatch.Row, draftPosition: Int = 0) {
        self.request = request
        history = HistoryView(
            request.tokenIDs, promptTokenCount: request.promptTokenCount,
            count: request.tokenIDs.count + draftPosition)
    }

    var id: RequestID { request.id }
    var sampling: SamplingParams { request.sampling }

    /// A number in [0, 1) for the position. Draw 0 chooses the token.
    func uniform(draw: Int) -> Double {
        CounterRandom(seed: request.seed).uniform(child: request.choiceIndex, position: history.count, draw: draw)
    }

    /// What processors see.
    var context: SamplingContext {
        let (random, choiceIndex, position) = (CounterRandom(seed: request.seed), request.choiceIndex, history.count)
        return SamplingContext(
            tokenIDs: history.tokenIDs, promptTokenCount: history.promptTokenCount, sampling: sampling,
            stopTokenIDs: request.stopTokenIDs
        ) { draw in random.uniform(child: choiceIndex, position: position, draw: draw + 1) }
    }
}
