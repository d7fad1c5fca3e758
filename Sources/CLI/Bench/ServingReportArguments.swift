import ArgumentParser
import Benchmarking
import Needletail
import Support

/// The flags that choose what `bench serve` reports and where it saves the result.
struct ServingReportArguments: ParsableArguments {
    @Option(
        name: .customLong("percentile-metrics"), help: "Latencies to report, comma-separated: ttft, tpot, itl, e2el.")
    var metrics = "ttft,tpot,itl"

    @Option(
        name: .customLong("metric-percentiles"), help: "Percentiles of each latency, comma-separated, from 0 to 100.")
    var percentiles = "99"

    @Option(
        parsing: .upToNextOption,
        help: "Limits in milliseconds on ttft, tpot or e2el that a good request meets, such as ttft:500 e2el:9000.")
    var goodput: [String] = []

    @Flag(name: .customLong("save-result"), help: "Write the result as JSON.")
    var savesResult = false

    @Flag(name: .customLong("save-detailed"), help: "Write the result as JSON, with the measurements of each request.")
    var savesDetails = false

    @Option(name: .customLong("result-dir"), help: "Folder for the result (default: the current one).")
    var folder: String?

    @Option(
        name: .customLong("result-filename"), help: "Name of the result (default: built from model, rate and time).")
    var fileName: String?

    @Flag(name: .customLong("disable-tqdm"), help: "Do not draw a progress bar.")
    var hidesProgress = false

    /// Applies the options to the setup of a run.
    func apply(to setup: inout ServingResult.Setup) throws {
        setup.metrics = try metrics.commaSeparated.map(Self.metric)
        setup.percents = try percentiles.commaSeparated.map { part in
            guard let percent = Double(part), (0...100).contains(percent) else {
                throw EngineError(
                    "--metric-percentiles: must be comma-separated numbers from 0 to 100, got '\(percentiles)'")
            }
            return percent
        }
        for limit in goodput {
            let (metric, seconds) = try Self.limit(limit)
            setup.goodput[metric] = seconds
        }
    }

    private static func metric(_ name: String) throws -> ServingMetric {
        guard let metric = ServingMetric(rawValue: name) else {
            let known = ServingMetric.allCases.map(\.rawValue).joined(separator: ", ")
            throw EngineError("--percentile-metrics: must be a comma-separated list of \(known), got '\(name)'")
        }
        return metric
    }

    private static func limit(_ text: String) throws -> (ServingMetric, seconds: Double) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let metric = ServingMetric(rawValue: parts[0]), metric != .itl,
            let milliseconds = Double(parts[1]), milliseconds >= 0
        else {
            throw EngineError("--goodput: must be ttft, tpot or e2el with milliseconds, as in ttft:500, got '\(text)'")
        }
        return (metric, milliseconds / 1000)
    }

    /// The file for the result; nil if none was asked for.
    func file(_ setup: ServingResult.Setup, limits: [Int?]) throws -> ResultFile? {
        guard savesResult || savesDetails else { return nil }
        let name = fileName ?? Self.fileName(setup, limits)
        let path = folder.map { $0.hasSuffix("/") ? $0 + name : "\($0)/\(name)" } ?? name
        return try ResultFile(path, flag: folder == nil ? "--result-filename" : "--result-dir")
    }

    /// The default file name, such as `openai-infqps-concurrency1-2-4-smollm2-135m-20250131-235959.json`.
    private static func fileName(_ setup: ServingResult.Setup, _ limits: [Int?]) -> String {
        let known = limits.compactMap { $0 }.map(String.init)
        let concurrency = known.isEmpty ? "" : "-concurrency" + known.joined(separator: "-")
        let model = setup.modelID.split(separator: "/").last.map(String.init) ?? "model"
        return "\(setup.endpointType)-\(setup.arrivals.rate)qps\(concurrency)-\(model)-\(setup.date).json"
    }
}
