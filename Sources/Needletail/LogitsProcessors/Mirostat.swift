import EngineTypes
import Support
import Synchronization

/// Keeps the surprise of the chosen tokens near `tau` bits, by leaving out tokens above a bound that follows earlier
/// choices (Basu et al. 2021, "Mirostat", second version).
final class Mirostat: LogitsProcessor {
    private let tau: Double
    private let eta: Double
    /// The bound by output position, so that a position computed again after a preemption finds its own.
    private let bounds: Mutex<[Double]>

    let keepsArgmax = true

    static let kind = LogitsProcessorKind("mirostat") { arguments throws(RequestError) in
        Mirostat(
            tau: try arguments.number("tau", in: 0...1000, default: 5),
            eta: try arguments.number("eta", in: 0...1, default: 0.1))
    }

    init(tau: Double, eta: Double) {
        self.tau = tau
        self.eta = eta
        bounds = Mutex([2 * tau])
    }

    func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) {
        guard let softmax = Softmax(logits.span) else { return }
        let bound = bounds.withLock { $0[min(context.outputTokenIDs.count, $0.count - 1)] }
        let least = softmax.logit(ofLogProbability: -bound * Math.log(2))
        for index in logits.indices where index != softmax.largest {
            let distance = Double(logits[index]) - least
            let isNear = abs(distance) < Softmax.tolerance
            if isNear ? Self.surprise(softmax.probability(of: logits[index])) > bound : distance < 0 {
                logits[index] = -.infinity
            }
        }
    }

    func didChoose(_ token: TokenID, by logits: Span<Float>, _ context: SamplingContext) {
        guard let softmax = Softmax(logits) else { return }
        let surprise = Self.surprise(softmax.probability(of: logits[Int(token)]))
        let position = context.outputTokenIDs.count
        bounds.withLock { bounds in
            let next = bounds[min(position, bounds.count - 1)] - eta * (surprise - tau)
            bounds.removeSubrange(min(position + 1, bounds.count)...)
            bounds.append(next)
        }
    }

    private static func surprise(_ probability: Double) -> Double { -Math.log(probability) / Math.log(2) }
}
