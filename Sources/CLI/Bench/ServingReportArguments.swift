import ArgumentParser
import Benchmarking
import Needletail
import Support

/// What `bench serve` reports, and where to.
struct ServingReportArguments: ParsableArguments {
    @Option(name: .customLong("percentile-metrics"), help: "Latencies to report: some of ttft, tpot, itl, e2el.")
    var metrics = "ttft,tpot,itl"

    @Option(name: .customLong("metric-percentiles"), help: "Percentiles of each, from 0 to 100.")
    var percentiles = "99"

    @Option(
        parsing: .upToNextOption,
        help: "Limits that make a request good, such as ttft:500 e2el:9000, in milliseconds: ttft, tpot, e2el.")
    var goodput: [String] = []

    @Flag(name: .customLong("save-result"), help: "Write the result as JSON.")
    var savesResult = false

    @Flag(name: .customLong("save-detailed"), help: "Write what each request saw, too.")
    var savesDetails = false

    @Option(name: .customLong("result-dir"), help: "Folder of the result (default: the current one).")
    var folder: String?

    @Option(name: .customLong("result-filename"), help: "Name of the result (default: made of model, rate and time).")
    var fileName: String?

    @Flag(name: .customLong("disable-tqdm"), help: "Draw no progress bar.")
    var hidesProgress = false

    /// Puts the options into the set-up of a run.
    func apply(to setup: inout ServingResult.Setup) throws {
        setup.metrics = try metrics.commaSeparated.map(Self.metric)
        setup.percents = try percentiles.commaSeparated.map { part in
            guard let percent = Double(part), (0...100).contains(percent) else {
                throw EngineError(
                    "--metric-percentiles: must be numbers from 0 to 100 with commas, got '\(percentiles)'")
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
            throw EngineError("--percentile-metrics: must be some of \(known) with commas, got '\(name)'")
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

    /// The file that the result goes to; nil where none is wanted.
    func file(_ setup: ServingResult.Setup, limits: [Int?]) throws -> ResultFile? {
        guard savesResult || savesDetails else { return nil }
        let name = fileName ?? Self.fileName(setup, limits)
        let path = folder.map { $0.hasSuffix("/") ? $0 + name : "\($0)/\(name)" } ?? name
        return try ResultFile(path, flag: folder == nil ? "--result-filename" : "--result-dir")
    }

    /// `openai-infqps-concurrency1-2-4-smollm2-135m-20250131-235959.json`
    private static func fileName(_ setup: ServingResult.Setup, _ limits: [Int?]) -> String {
        let known = limits.compactMap { $0 }.map(String.init)
        let concurrency = known.isEmpty ? "" : "-concurrency" + known.joined(separator: "-")
        let model = setup.modelID.split(separator: "/").last.map(String.init) ?? "model"
        return "\(setup.endpointType)-\(setup.arrivals.rate)qps\(concurrency)-\(model)-\(setup.date).json"
    }
}
