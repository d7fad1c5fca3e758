import CoreMetrics
import Synchronization

/// The value or histogram of one metric with one set of labels.
final class MetricCell: CounterHandler, RecorderHandler, TimerHandler {
    private struct State {
        var value = 0.0
        var count = 0
        /// Samples per bucket, by the first bound >= the sample. Samples above all bounds are counted in `count` only.
        var buckets: [Int]
    }

    private let bounds: [Double]
    private let isHistogram: Bool
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        isHistogram = !bounds.isEmpty
        state = Mutex(State(buckets: Array(repeating: 0, count: bounds.count)))
    }

    /// The value of a counter or gauge, or the sum of a histogram's samples.
    var value: Double { state.withLock { $0.value } }

    func increment(by amount: Int64) { state.withLock { $0.value += Double(amount) } }

    func reset() { state.withLock { $0 = State(buckets: Array(repeating: 0, count: bounds.count)) } }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        state.withLock { state in
            guard isHistogram else { return state.value = value }
            state.value += value
            state.count += 1
            if let bucket = bounds.firstIndex(where: { value <= $0 }) { state.buckets[bucket] += 1 }
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) * 1e-9) }

    /// The histogram in Prometheus text format: cumulative buckets, count and sum.
    func histogramLines(_ name: String, _ labels: String) -> String {
        let state = state.withLock { $0 }
        let separator = labels.isEmpty ? "" : ","
        var lines = ""
        var total = 0
        for (bound, count) in zip(bounds, state.buckets) {
            total += count
            lines += "\(name)_bucket{\(labels)\(separator)le=\"\(bound)\"} \(total)\n"
        }
        lines += "\(name)_bucket{\(labels)\(separator)le=\"+Inf\"} \(state.count)\n"
        lines += "\(name)_count{\(labels)} \(state.count)\n\(name)_sum{\(labels)} \(state.value)\n"
        return lines
    }
}
