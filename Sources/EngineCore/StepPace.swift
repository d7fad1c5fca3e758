package import EngineTypes

/// Decides how much work on prompts a step may take while requests decode, so that it lasts about as long as wanted.
///
/// It learns one rate, the seconds of a step per unit of work, decoding included, from the steps that worked on
/// prompts: with it a step that took too long makes the next one smaller in proportion. The rate follows what makes
/// tokens dearer, such as a longer context or a wider batch, without a model of it.
package struct StepPace: Sendable {
    /// Units of work that a prompt always gets, so that it advances beside any number of streams.
    package static let leastWork = 16
    /// Units before anything was measured.
    package static let firstWork = 64

    /// Seconds that a step should last; 0 for no limit.
    private let target: Double
    /// Seconds per unit of recent steps; nil before the first.
    private var secondsPerUnit: Double?

    package init(target: Double) { self.target = target }

    /// Units of work on prompts for a step in which `decodingCount` requests decode: at least as many as those, so that
    /// prompts take about half of a step at worst. Twice as many may double the step's time: with less, prompts would not
    /// keep pace with the streams, and fewer and fewer requests would decode together.
    package func promptLimit(decodingCount: Int) -> Int {
        guard target > 0 else { return .max }
        let least = max(Self.leastWork, decodingCount)
        guard let secondsPerUnit else { return max(least, Self.firstWork) }
        let affordable = Int(min(target / secondsPerUnit, 1e9))
        let keepingPace = min(2 * decodingCount, 2 * affordable - decodingCount)
        return max(least, affordable - decodingCount, keepingPace)
    }

    /// Takes the time of a step. The rate falls by half at most and rises fourfold at most, so that a single wrong
    /// measurement neither makes a long step nor starves prompts.
    package mutating func record(_ work: StepWork, seconds: Double) {
        guard target > 0, work.promptWork > 0, seconds > 0 else { return }
        let rate = seconds / Double(work.promptWork + work.decodingCount)
        guard let known = secondsPerUnit else { return secondsPerUnit = rate }
        // A short step with little to do is slow per unit, which says nothing of a longer one.
        let isTelling = seconds > target || 2 * work.promptWork >= promptLimit(decodingCount: work.decodingCount)
        guard rate < known || isTelling else { return }
        secondsPerUnit = min(max(rate, known / 2), known * 4)
    }
}
