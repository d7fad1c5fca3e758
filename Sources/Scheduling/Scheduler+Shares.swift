internal import EngineTypes

extension Scheduler {
    /// Returns what the step gives a request with `computed` tokens in its blocks. A decoding request gets its next
    /// token; a prompt first gets its unscored cached positions, and once there are none left, tokens to compute.
    func share(of request: Request, computed: Int) -> StepShare {
        guard !request.isDecoding(computed: computed) else {
            let count = chunkLength(request, computed: computed, atMost: budget.tokens, in: budget)
            return StepShare(tokenCount: count, isDecode: true)
        }
        let (scored, end) = (request.scoredPositionCount, request.positionCountToScore)
        let pending = request.pendingScoringCount(computed: computed)
        var share = StepShare()
        share.cachedScoringCount = min(pending, budget.promptAllowance(weight: 1))
        share.scoredPositions = scored..<scored + share.cachedScoringCount
        guard share.cachedScoringCount == pending else { return share }
        var rest = budget
        rest.take(share)
        let allowance = rest.promptAllowance(weight: max(scored, computed) < end ? 2 : 1)
        share.tokenCount = chunkLength(
            request, computed: computed, atMost: min(allowance, budget.promptThreshold - pending), in: rest)
        if share.tokenCount > 0 {
            share.scoredPositions = scored..<max(scored + pending, min(computed + share.tokenCount, end))
        }
        return share
    }

    /// Returns how many tokens from `computed` on the request gets: those left to compute, within `limit` and the
    /// context. A chunk that reaches an aligned boundary ends there, and no chunk splits a whole range.
    private func chunkLength(
        _ request: Request, computed: Int, atMost limit: Int, in rest: StepBudget
    ) -> Int {
        let end = request.core.work.generation == nil ? maxModelLength : maxModelLength - 1
        let count = min(request.tokenCountWithDrafts - computed, limit, end - computed)
        if let range = request.core.wholeRanges.first(where: { $0.upperBound > computed + count }) {
            return wholeChunkLength(range, computed: computed, count: count, in: rest)
        }
        let boundary = (computed + count) / kvCache.chunkAlignment * kvCache.chunkAlignment
        return max(0, boundary > computed ? boundary - computed : count)
    }

    /// Shortens a chunk of `count` tokens that would split `range`. If the range comes first, the chunk has all of it
    /// or nothing; it may then exceed the limits on a step's duration, but not the step's tokens.
    private func wholeChunkLength(_ range: Range<Int>, computed: Int, count: Int, in rest: StepBudget) -> Int {
        let end = computed + count
        guard range.lowerBound < end else { return max(0, count) }
        if range.lowerBound > computed { return range.lowerBound - computed }
        let whole = range.upperBound - computed
        return count > 0 && whole <= min(rest.tokens, rest.promptTokens) ? whole : 0
    }
}
