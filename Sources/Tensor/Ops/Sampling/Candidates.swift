import Support

/// The tokens that remain after top-k, top-p and min-p, most likely first, with weights relative to the most likely
/// one.
struct Candidates {
    let tokens: [Int32]
    private let weights: [Double]

    /// Takes the `topK` largest logits, then applies min-p and top-p.
    init(
        topK: Int, of logits: Tensor, maximum: Float, temperature: Float, _ plan: SamplingPlan.Row,
        _ kernels: some LogitKernels
    ) {
        let top = kernels.topK(logits, row: 0, count: topK)
        let inverse = 1 / Double(temperature)
        let all = top.map { Math.exp((Double($0.value) - Double(maximum)) * inverse) }
        let likely = all.prefix { $0 > 0 && $0 >= Double(plan.minP) }
        let kept = Self.count(likely, reaching: Double(plan.topP) * likely.reduce(0, +)) ?? likely.count
        tokens = top[..<kept].map(\.index)
        weights = Array(likely[..<kept])
    }

    /// Takes the largest weights of a row that together reach `topP` of its `total`.
    init(topP: Float, ofWeights row: Tensor, total: Double, _ kernels: some LogitKernels) {
        let kept = kernels.nucleus(row, row: 0, target: Double(topP) * total)
        tokens = kept.map(\.index)
        weights = kept.map { Double($0.value) }
    }

    /// Returns how many weights it takes to reach `target`, at least one; nil if all together do not.
    private static func count(_ weights: ArraySlice<Double>, reaching target: Double) -> Int? {
        var sum = 0.0
        for (index, weight) in weights.enumerated() {
            sum += weight
            if sum >= target { return index + 1 }
        }
        return nil
    }

    /// Returns the token at which the running sum of the weights passes the fraction `draw`, in [0, 1).
    func pick(_ draw: Double) -> UInt32 {
        let target = draw * weights.reduce(0, +)
        var sum = 0.0
        for (index, weight) in weights.enumerated() {
            sum += weight
            if sum > target { return UInt32(tokens[index]) }
        }
        return UInt32(tokens[weights.count - 1])
    }
}
