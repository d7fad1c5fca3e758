package import Support

/// What the plot needs of one result of `bench serve`.
package struct SweepPoint: Hashable, Sendable {
    package var concurrency: Int
    /// Tokens a second.
    package var outputThroughput: Double
    /// Milliseconds, under the names of the result (`median_ttft_ms`, `p99_itl_ms`), where they were measured.
    package var latencies: [String: Double]

    static let latencyNames = ["median_ttft_ms", "p99_ttft_ms", "median_itl_ms", "p99_itl_ms"]

    package init(concurrency: Int, outputThroughput: Double, latencies: [String: Double]) {
        self.concurrency = concurrency
        self.outputThroughput = outputThroughput
        self.latencies = latencies
    }

    /// Nil for a value that is no result of a run. A run without a limit counts with the concurrency that it came to.
    init?(_ result: JSONValue) {
        guard let throughput = result["output_throughput"]?.doubleValue,
            let concurrency = result["max_concurrency"]?.intValue ?? result["max_concurrent_requests"]?.intValue,
            concurrency >= 1, throughput >= 0
        else { return nil }
        let known = Self.latencyNames.compactMap { name in
            result[name]?.doubleValue.flatMap { $0 > 0 ? (name, $0) : nil }
        }
        self.init(
            concurrency: concurrency, outputThroughput: throughput, latencies: Dictionary(uniqueKeysWithValues: known))
    }

    /// The model of a result without its path, and the size of its requests, for the head of a plot.
    package static func head(_ result: JSONValue) -> (title: String, note: String) {
        let model = result["model_id"]?.stringValue?.split(separator: "/").last.map(String.init)
        let title = model ?? "bench serve"
        guard let completed = result["completed"]?.intValue, completed > 0,
            let input = result["total_input_tokens"]?.intValue, let output = result["total_output_tokens"]?.intValue
        else { return (title, "") }
        let tokens = "\(input / completed) input and \(output / completed) output tokens a request"
        return (title, "\(completed) requests a run, \(tokens)")
    }

    /// The points of a file: one result or an array of them. Nil where it holds something else.
    package static func points(_ file: JSONValue) -> [SweepPoint]? {
        let points = (file.arrayValue ?? [file]).map { SweepPoint($0) }
        return points.isEmpty || points.contains(nil) ? nil : points.compactMap { $0 }
    }
}
