import Support

/// The softmax of a row of logits.
struct Probabilities {
    private let weights: [Double]
    private let total: Double
    /// The first index with the largest logit.
    let largest: Int

    init(_ logits: Span<Float>) {
        var largest = 0
        for index in logits.indices where logits[index] > logits[largest] { largest = index }
        let maximum = Double(logits[largest])
        weights = logits.indices.map { index in
            logits[index] == -.infinity ? 0 : Math.exp(Double(logits[index]) - maximum)
        }
        total = weights.reduce(0, +)
        self.largest = largest
    }

    subscript(index: Int) -> Double { weights[index] / total }
}
