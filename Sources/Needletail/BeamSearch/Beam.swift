import EngineTypes
import Support

/// One hypothesis of a beam search.
struct Beam {
    private(set) var tokenIDs: [TokenID] = []
    private(set) var positions: [PositionLogprobs] = []
    private(set) var logprob = 0.0
    private(set) var hasEnded = false

    /// Number of output tokens that count for the score; an end-of-sequence token does not.
    private(set) var scoredCount = 0

    /// The beam with one more token. `count`: number of most likely tokens to keep for the position; nil keeps no
    /// log-probabilities.
    func appending(_ token: TokenLogprob, _ position: PositionLogprobs, keeping count: Int?) -> Beam {
        var longer = self
        longer.tokenIDs.append(token.token)
        longer.logprob += Double(token.logprob)
        longer.scoredCount += 1
        if let count {
            longer.positions.append(PositionLogprobs(sampled: token, top: Array(position.top.prefix(count))))
        }
        return longer
    }

    /// The beam ended by its last token, an end-of-sequence token.
    func ending(keepsToken: Bool) -> Beam {
        var beam = self
        beam.hasEnded = true
        beam.scoredCount -= 1
        if !keepsToken {
            beam.tokenIDs.removeLast()
            if !beam.positions.isEmpty { beam.positions.removeLast() }
        }
        return beam
    }
}

/// A beam with one of its possible next tokens; only the best candidates become beams.
struct Candidate {
    let beam: Beam
    let step: PositionLogprobs
    let token: TokenLogprob

    var logprob: Double { beam.logprob + Double(token.logprob) }

    /// The beam extended by the token. `count`: as in `Beam.appending`.
    func grown(keeping count: Int?) -> Beam { beam.appending(token, step, keeping: count) }
}

extension Double {
    func raised(to exponent: Double) -> Double { Math.pow(self, exponent) }
}
