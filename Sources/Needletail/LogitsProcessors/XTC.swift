import EngineTypes
import Support

/// With probability `probability`, leaves out all tokens as likely as `threshold` or more, except the least likely of
/// them ("Exclude top choices", p-e-w, text-generation-webui pull request 6335).
struct XTC: LogitsProcessor {
    let probability: Double
    let threshold: Double
    let keepsArgmax = false

    static let kind = LogitsProcessorKind("xtc") { arguments throws(RequestError) in
        XTC(
            probability: try arguments.number("probability", in: 0...1, default: 0.5),
            threshold: try arguments.number("threshold", in: 0...1, default: 0.1))
    }

    func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) {
        // Two tokens above one half are impossible.
        guard threshold <= 0.5, context.uniform(draw: 0) < probability else { return }
        guard let softmax = Softmax(logits.span) else { return }
        let least = threshold > 0 ? softmax.logit(ofLogProbability: Math.log(threshold)) : -.infinity
        var top: [Int] = []
        for index in logits.indices where Double(logits[index]) > least - Softmax.tolerance {
            if softmax.probability(of: logits[index]) >= threshold { top.append(index) }
        }
        guard let kept = top.min(by: { logits[$0] < logits[$1] }) else { return }
        for index in top where index != kept { logits[index] = -.infinity }
    }
}
