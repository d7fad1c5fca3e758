package import Support

/// Seconds that batches took, one value per iteration.
package struct LatencyResult: Sendable {
    private static let percents: [Double] = [10, 25, 50, 75, 90, 99]

    package let latencies: [Double]

    package init(latencies: [Double]) { self.latencies = latencies }

    /// The report in vLLM's words.
    package var text: String {
        let statistics = Statistics(latencies)
        let percentiles = Self.percents.map { percent in
            "\(Statistics.name(percent))% percentile latency: \(statistics.percentile(percent)) seconds\n"
        }
        return "Avg latency: \(statistics.mean) seconds\n" + percentiles.joined()
    }

    package var json: JSONValue {
        let statistics = Statistics(latencies)
        let percentiles = Self.percents.map { (Statistics.name($0), JSONValue.double(statistics.percentile($0))) }
        return [
            "avg_latency": .double(statistics.mean), "latencies": .array(latencies.map { .double($0) }),
            "percentiles": .object(JSONObject(percentiles)),
        ]
    }
}
