import Support

/// How the experts of a token are selected from the router's scores, one per expert.
package struct RoutingSpec: OpDescriptor {
    /// How scores become weights.
    package enum Scoring: Hashable, Sendable {
        /// Probabilities over all experts (Shazeer et al. 2017).
        case softmax
        /// Probabilities over the selected experts (Jiang et al. 2024).
        case softmaxOfSelected
        /// The logistic function of each score (DeepSeek-AI 2024).
        case sigmoid
        /// Two experts one after the other, each with its probability among those whose scores are close to its own
        /// (SparseMixer; Liu et al. 2023). `jitter`: half the relative distance that counts as close.
        case sparseMixer(jitter: Float)
    }

    /// How experts are limited to some groups.
    package struct Groups: Hashable, Sendable {
        package var count: Int
        package var activeCount: Int
        /// Number of experts whose weights add up to a group's score.
        package var scoredCount: Int

        package init(count: Int, activeCount: Int, scoredCount: Int) {
            self.count = count
            self.activeCount = activeCount
            self.scoredCount = scoredCount
        }
    }

    package var scoring: Scoring
    /// Number of experts per token.
    package var activeCount: Int
    /// Whether the weights of a token are divided by their sum.
    package var isNormalized: Bool
    /// Factor of the weights.
    package var scale: Float
    /// Added to the weights for the selection alone, one per expert; nil for none.
    package var correction: [Float]?
    package var groups: Groups?

    package init(
        _ scoring: Scoring, activeCount: Int, isNormalized: Bool = false, scale: Float = 1, correction: [Float]? = nil,
        groups: Groups? = nil
    ) {
        self.scoring = scoring
        self.activeCount = activeCount
        self.isNormalized = isNormalized
        self.scale = scale
        self.correction = correction
        self.groups = groups
    }

    /// Selects the experts of one token, in float32: a function of its scores alone. Of equal candidates, the lower
    /// index comes first.
    package func select(_ scores: Span<Float>) -> [(expert: Int, weight: Float)] {
        if case .sparseMixer(let jitter) = scoring { return selectSparsely(scores, jitter: jitter) }
        let weights = weights(of: scores)
        var choice = correction.map { zip(weights, $0).map { $0 + $1 } } ?? weights
        if let groups { maskGroups(&choice, groups) }
        let experts = Self.largest(choice, activeCount)
        var selected = experts.map { weights[$0] }
        if scoring == .softmaxOfSelected { selected = Self.softmax(selected) }
        if isNormalized {
            let sum = selected.reduce(0, +) + 1e-20
            selected = selected.map { $0 / sum }
        }
        return zip(experts, selected).map { ($0, $1 * scale) }
    }

    private func weights(of scores: Span<Float>) -> [Float] {
        let scores = scores.indices.map { scores[$0] }
        switch scoring {
        case .softmax: return Self.softmax(scores)
        case .sigmoid: return scores.map { 1 / (1 + Float(Math.exp(-Double($0)))) }
        case .softmaxOfSelected, .sparseMixer: return scores
        }
    }

    /// Excludes the experts of all groups but the best.
    private func maskGroups(_ choice: inout [Float], _ groups: Groups) {
        let size = choice.count / groups.count
        let groupScores = (0..<groups.count).map { group in
            let members = Array(choice[group * size..<(group + 1) * size])
            return Self.largest(members, groups.scoredCount).reduce(Float(0)) { $0 + members[$1] }
        }
        let kept = Set(Self.largest(groupScores, groups.activeCount))
        for index in choice.indices where !kept.contains(index / size) { choice[index] = -.infinity }
    }

    private func selectSparsely(_ scores: Span<Float>, jitter: Float) -> [(expert: Int, weight: Float)] {
        let scores = scores.indices.map { scores[$0] }
        var left = scores
        return (0..<activeCount).map { _ in
            let best = Self.largest(left, 1)[0]
            let near = left.indices.map { index in
                let distance = (left[best] - scores[index]) / max(abs(scores[index]), left[best])
                return distance > 2 * jitter ? -Float.infinity : left[index]
            }
            left[best] = -.infinity
            return (best, Self.softmax(near)[best] * scale)
        }
    }

    /// Indices of the `count` largest values, largest first.
    private static func largest(_ values: [Float], _ count: Int) -> [Int] {
        Array(values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.prefix(count))
    }

    private static func softmax(_ values: [Float]) -> [Float] {
        let maximum = values.max() ?? 0
        let powers = values.map { Float(Math.exp(Double($0 - maximum))) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
