/// The measurements of one run of `bench serve`.
package struct ServingResult: Sendable {
    /// The settings of a run.
    package struct Setup: Sendable {
        package var date: String
        /// `openai` or `openai-chat`.
        package var endpointType: String
        package var modelID: String
        package var arrivals: Arrivals
        /// Maximum number of concurrent requests; nil for no limit.
        package var maxConcurrency: Int?
        /// Metrics with a section in the report.
        package var metrics: [ServingMetric] = [.ttft, .tpot, .itl]
        /// Percentiles reported for each metric, besides mean and median.
        package var percents: [Double] = [99]
        /// Limits in seconds that a request must meet to count as good, by metric.
        package var goodput: [ServingMetric: Double] = [:]

        package init(date: String, endpointType: String, modelID: String, arrivals: Arrivals) {
            self.date = date
            self.endpointType = endpointType
            self.modelID = modelID
            self.arrivals = arrivals
        }
    }

    package let setup: Setup
    /// One record per request, in request order.
    package let records: [RequestRecord]
    /// Seconds from the first request to the last answer.
    package let duration: Double
    let succeeded: [RequestRecord]

    package init(setup: Setup, records: [RequestRecord], duration: Double) {
        self.setup = setup
        self.records = records
        self.duration = duration
        succeeded = records.filter(\.isSuccess)
    }

    package var completed: Int { succeeded.count }
    package var failed: Int { records.count - completed }
    package var firstError: String? { records.lazy.compactMap(\.error).first }
    var inputTokenCount: Int { succeeded.reduce(0) { $0 + $1.promptTokenCount } }
    var outputTokenCount: Int { succeeded.reduce(0) { $0 + $1.outputTokenCount } }

    func perSecond(_ count: Int) -> Double { duration > 0 ? Double(count) / duration : 0 }

    func statistics(_ metric: ServingMetric) -> Statistics { Statistics(metric.values(succeeded)) }

    /// Requests per second that met all goodput limits; nil without limits.
    var goodRequestThroughput: Double? {
        guard !setup.goodput.isEmpty else { return nil }
        let good = succeeded.filter { record in
            setup.goodput.allSatisfy { metric, limit in metric.value(of: record).map { $0 <= limit } ?? true }
        }
        return perSecond(good.count)
    }

    /// Maximum number of requests that ran at the same time.
    var peakConcurrency: Int {
        // At equal times an end comes before a start.
        let changes = succeeded.flatMap { [($0.startTime, 1), ($0.startTime + $0.latency, -1)] }.sorted { $0 < $1 }
        var running = 0
        var peak = 0
        for (_, change) in changes {
            running += change
            peak = max(peak, running)
        }
        return peak
    }

    /// Output tokens in the best second, counted in whole seconds from the first request; a request's tokens are spread
    /// evenly over its chunks.
    var peakOutputThroughput: Double {
        guard let start = succeeded.map(\.startTime).min() else { return 0 }
        var tokens: [Int: Double] = [:]
        for record in succeeded where record.chunkCount > 0 {
            let share = Double(record.outputTokenCount) / Double(record.chunkCount)
            var time = record.startTime + record.timeToFirstToken - start
            tokens[Int(time), default: 0] += share
            for gap in record.interTokenLatencies {
                time += gap
                tokens[Int(time), default: 0] += share
            }
        }
        return tokens.values.max() ?? 0
    }
}
