import Support

/// The maximum and the sum that the softmax of a row of logits needs, without an array of probabilities: one
/// exponential per logit.
struct Softmax {
    /// The first index of the largest logit.
    let largest: Int
    let maximum: Double
    /// The sum of `exp(logit - maximum)` over all logits.
    let total: Double

    /// Nil if the largest logit is not finite: there is nothing to choose from.
    init?(_ logits: Span<Float>) {
        guard let largest = Self.largest(of: logits) else { return nil }
        let maximum = Double(logits[largest])
        var total = 0.0
        for index in logits.indices where logits[index] > -.infinity {
            total += Math.exp(Double(logits[index]) - maximum)
        }
        (self.largest, self.maximum, self.total) = (largest, maximum, total)
    }

    static func largest(of logits: Span<Float>) -> Int? {
        var (largest, maximum) = (0, -Float.infinity)
        for index in logits.indices where logits[index] > maximum { (largest, maximum) = (index, logits[index]) }
        return maximum.isFinite ? largest : nil
    }

    func probability(of logit: Float) -> Double { Math.exp(Double(logit) - maximum) / total }

    /// The logit of a log-probability, within `tolerance`; logits closer to it than that need `probability(of:)`.
    func logit(ofLogProbability logarithm: Double) -> Double { maximum + Math.log(total) + logarithm }

    static let tolerance = 1e-6
}
