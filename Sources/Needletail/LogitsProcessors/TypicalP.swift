import EngineTypes
import Support

/// Keeps the tokens whose information is closest to the entropy, up to a total probability of `value` (Meister et al.
/// 2022, "Locally typical sampling").
struct TypicalP: LogitsProcessor {
    let value: Double
    let keepsArgmax = false

    static let kind = LogitsProcessorKind("typical_p") { arguments throws(RequestError) in
        TypicalP(value: try arguments.number("value", in: 0...1))
    }

    func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) {
        guard value < 1, let largest = Softmax.largest(of: logits.span) else { return }
        let maximum = Double(logits[largest])
        var weights: [Double] = []
        var depths: [Double] = []
        weights.reserveCapacity(logits.count)
        depths.reserveCapacity(logits.count)
        // The information of a token is its depth below the largest logit plus a constant; the entropy is the expected
        // depth plus the same constant.
        var (total, weightedDepths) = (0.0, 0.0)
        for index in logits.indices {
            let depth = maximum - Double(logits[index])
            let weight = Math.exp(-depth)
            depths.append(depth)
            weights.append(weight > 0 ? weight : 0)
            if weight > 0 { (total, weightedDepths) = (total + weight, weightedDepths + weight * depth) }
        }
        for index in depths.indices { depths[index] = abs(depths[index] - weightedDepths / total) }
        let boundary = WeightedSelection.boundary(weights: weights, keys: depths, target: value * total)
        for index in logits.indices where !boundary.keeps(index, key: depths[index]) { logits[index] = -.infinity }
    }
}
