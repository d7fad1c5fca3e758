package import Support

/// The values of one result of `bench serve` that a plot shows.
package struct SweepPoint: Hashable, Sendable {
    package var concurrency: Int
    /// Output tokens per second.
    package var outputThroughput: Double
    /// Measured latencies in milliseconds by their names in the result, such as `median_ttft_ms` and `p99_itl_ms`.
    package var latencies: [String: Double]

    static let latencyNames = ["median_ttft_ms", "p99_ttft_ms", "median_itl_ms", "p99_itl_ms"]

    package init(concurrency: Int, outputThroughput: Double, latencies: [String: Double]) {
        self.concurrency = concurrency
        self.outputThroughput = outputThroughput
        self.latencies = latencies
    }

    /// Reads the result of a run; nil for anything else. A run without a limit gets the concurrency that it reached.
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

    /// The title and the note of a plot: the name of the model without its path, and the size of the requests.
    package static func head(_ result: JSONValue) -> (title: String, note: String) {
        let model = result["model_id"]?.stringValue?.split(separator: "/").last.map(String.init)
        let title = model ?? "bench serve"
        guard let completed = result["completed"]?.intValue, completed > 0,
            let input = result["total_input_tokens"]?.intValue, let output = result["total_output_tokens"]?.intValue
        else { return (title, "") }
        let tokens = "\(input / completed) input and \(output / completed) output tokens per request"
        return (title, "\(completed) requests per run, \(tokens)")
    }

    /// The points of a file with one result or an array of them; nil for anything else.
    package static func points(_ file: JSONValue) -> [SweepPoint]? {
        let points = (file.arrayValue ?? [file]).map { SweepPoint($0) }
        return points.isEmpty || points.contains(nil) ? nil : points.compactMap { $0 }
    }
}
