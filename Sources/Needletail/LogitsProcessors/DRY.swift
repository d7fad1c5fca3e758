import EngineTypes
import Support

/// Penalises tokens that would continue a repetition, by `multiplier * base ^ (length - allowed_length)` ("Don't repeat
/// yourself", p-e-w, text-generation-webui pull request 5677).
struct DRY: LogitsProcessor {
    let multiplier: Double
    let base: Double
    let allowedLength: Int
    /// Number of past tokens to search; -1 for all.
    let range: Int
    /// Tokens that a repetition cannot cross.
    let breakers: Set<TokenID>

    let keepsArgmax = false

    /// Longer repetitions cost as much as one of this length.
    private static let maximumLength = 50

    static let kind = LogitsProcessorKind("dry") { arguments throws(RequestError) in
        let texts = try arguments.strings("sequence_breakers", default: ["\n", ":", "\"", "*"])
        return DRY(
            multiplier: try arguments.number("multiplier", in: 0...100, default: 0.8),
            base: try arguments.number("base", in: 1...100, default: 1.75),
            allowedLength: try arguments.integer("allowed_length", in: 1...1024, default: 2),
            range: try arguments.integer("penalty_last_n", in: -1...1 << 24, default: -1),
            breakers: arguments.tokens(containing: texts))
    }

    func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) {
        let tokens = range < 0 ? context.tokenIDs[...] : context.tokenIDs.suffix(range)
        for (token, length) in repetitions(tokens) where length >= allowedLength {
            logits[Int(token)] -= Float(multiplier * Math.pow(base, Double(length - allowedLength)))
        }
    }

    /// For each token that would continue a repetition: the length of the longest suffix of the history that it
    /// followed before.
    private func repetitions(_ tokens: ArraySlice<TokenID>) -> [TokenID: Int] {
        // A repetition cannot cross the last breaker.
        let unbroken = tokens.reversed().prefix(Self.maximumLength).prefix { !breakers.contains($0) }.count
        guard unbroken > 0 else { return [:] }
        let repeated = SuffixRepeats(tokens)
        var lengths: [TokenID: Int] = [:]
        for (index, next) in tokens.enumerated() {
            let length = min(repeated.length(before: index), unbroken)
            if length > 0, !breakers.contains(next) { lengths[next] = max(lengths[next] ?? 0, length) }
        }
        return lengths
    }
}
