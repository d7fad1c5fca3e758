package import EngineTypes

/// Decides how much prompt work a step may do while requests decode, so that the step takes about the target time.
///
/// Learns one rate, the seconds per unit of work including decoding, from steps with prompt work. A step that took too
/// long makes the next one proportionally smaller. The rate follows whatever makes tokens more expensive, such as
/// longer contexts or larger batches, without modelling it.
package struct StepPace: Sendable {
    /// Minimum units of prompt work per step, so that prompts advance beside any number of streams.
    package static let leastWork = 16
    /// Units of prompt work before the first measurement.
    package static let firstWork = 64

    /// Target duration of a step in seconds; 0 for no limit.
    private let target: Double
    /// Seconds per unit of work in recent steps; nil before the first measurement.
    private var secondsPerUnit: Double?

    package init(target: Double) { self.target = target }

    /// Returns the units of prompt work for a step with `decodingCount` decoding requests: at least that many, about
    /// half of the step. Up to twice as many are allowed even if that doubles the step's time; otherwise prompts would
    /// fall behind the streams, and ever fewer requests would decode together.
    package func promptLimit(decodingCount: Int) -> Int {
        guard target > 0 else { return .max }
        let least = max(Self.leastWork, decodingCount)
        guard let secondsPerUnit else { return max(least, Self.firstWork) }
        let affordable = Int(min(target / secondsPerUnit, 1e9))
        let keepingPace = min(2 * decodingCount, 2 * affordable - decodingCount)
        return max(least, affordable - decodingCount, keepingPace)
    }

    /// Records the duration of a step. The rate at most halves or quadruples, so that one bad measurement neither makes
    /// a long step nor starves prompts.
    package mutating func record(_ work: StepWork, seconds: Double) {
        guard target > 0, work.promptWork > 0, seconds > 0 else { return }
        let rate = seconds / Double(work.promptWork + work.decodingCount)
        guard let known = secondsPerUnit else { return secondsPerUnit = rate }
        // A short step with little work is slow per unit, which says nothing about longer steps.
        let isTelling = seconds > target || 2 * work.promptWork >= promptLimit(decodingCount: work.decodingCount)
        guard rate < known || isTelling else { return }
        secondsPerUnit = min(max(rate, known / 2), known * 4)
    }
}
