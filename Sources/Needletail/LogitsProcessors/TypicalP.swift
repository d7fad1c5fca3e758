import EngineTypes
import Support

/// Keeps the tokens whose information is nearest to what is expected, up to a probability of `value` in all (Meister et al.
/// 2022, "Locally typical sampling").
struct TypicalP: LogitsProcessor {
    let value: Double
    let keepsArgmax = false

    static let kind = LogitsProcessorKind("typical_p") { arguments throws(RequestError) in
        TypicalP(value: try arguments.number("value", in: 0...1))
    }

    func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) {
        guard value < 1 else { return }
        let probabilities = Probabilities(logits.span)
        let candidates = logits.indices.filter { probabilities[$0] > 0 }
        let information = candidates.map { -Math.log(probabilities[$0]) }
        let entropy = zip(candidates, information).reduce(0) { $0 + probabilities[$1.0] * $1.1 }
        let order = candidates.indices.sorted {
            (abs(information[$0] - entropy), $0) < (abs(information[$1] - entropy), $1)
        }
        var sum = 0.0
        for (place, candidate) in order.enumerated() {
            if place > 0, sum >= value { logits[candidates[candidate]] = -.infinity }
            sum += probabilities[candidates[candidate]]
        }
    }
}
