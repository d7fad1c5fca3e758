import EngineTypes
import Support

/// Keeps the tokens whose logit is at most `value` standard deviations below the largest one (Tang et al. 2024, "Top-n
/// sigma").
struct TopNSigma: LogitsProcessor {
    let value: Double
    let keepsArgmax = true

    static let kind = LogitsProcessorKind("top_n_sigma") { arguments throws(RequestError) in
        TopNSigma(value: try arguments.number("value", in: 0...1000))
    }

    func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) {
        var (count, sum, maximum) = (0.0, 0.0, -Double.infinity)
        for index in logits.indices where logits[index].isFinite {
            count += 1
            sum += Double(logits[index])
            maximum = max(maximum, Double(logits[index]))
        }
        guard count > 0 else { return }
        var squares = 0.0
        for index in logits.indices where logits[index].isFinite {
            let distance = Double(logits[index]) - sum / count
            squares += distance * distance
        }
        let least = maximum - value * (squares / count).squareRoot()
        for index in logits.indices where Double(logits[index]) < least { logits[index] = -.infinity }
    }
}
