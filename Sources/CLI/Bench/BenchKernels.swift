import ArgumentParser
import Needletail
import Support

/// `needletail bench kernels`: compares a model's hot operations with the limits of the machine.
struct BenchKernels: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Measure a model's matrix products and attention against the machine's limits.",
        discussion: """
            ratio: the shortest possible time (arithmetic at the measured peak or bytes at the measured bandwidth, \
            whichever takes longer) divided by the time taken.
            """)

    @Argument(help: "Folder, .gguf file or hub id (default: smollm2-135m).")
    var model: String?

    @Option(help: "Comma-separated row counts of the matrix products.")
    var rows = "1,4,16,48,512"

    @Option(help: "Comma-separated context lengths of attention, in tokens.")
    var contexts = "1024,4096"

    @Option(name: .customLong("output-json"), help: "File to write the result to.")
    var outputPath: String?

    @Option(help: "Type of activations and cache, as for serve.")
    var dtype = EngineOptions.DType.auto

    @Option(help: "Number of compute threads (default: the cores that this process may use).")
    var threads: Int?

    func run() async throws {
        let file = try outputPath.map { path in try ResultFile(path, flag: "--output-json") }
        let rows = try counts(rows, flag: "--rows"), contexts = try counts(contexts, flag: "--contexts")
        var options = EngineOptions()
        (options.dtype, options.threadCount) = (dtype, threads)
        let benchmark = try await KernelBenchmark(model, options: options)
        let limits = benchmark.limits()
        let bar = ProgressBar()
        let lines = benchmark.run(rows: rows, contexts: contexts, limits: limits) { done, total in
            bar.report(Progress(label: "measuring", done: done, total: total, unit: .items("operations")))
        }
        bar.finish()
        StandardOutput.write("\(benchmark.description)\n\(limits.description)\n\n\(table(lines))")
        try file?.write(json(lines, limits))
    }

    private func counts(_ text: String, flag: String) throws -> [Int] {
        let counts = text.split(separator: ",").map { Int($0) }
        guard !counts.isEmpty, counts.allSatisfy({ (1...65_536).contains($0 ?? 0) }) else {
            throw EngineError("\(flag): must be comma-separated numbers in 1...65536, got '\(text)'")
        }
        return counts.map { $0! }
    }

    private func table(_ lines: [KernelBenchmark.Line]) -> String {
        let rows = lines.map { line in
            [
                line.name, "\(line.rows)", Decimal.text(line.seconds * 1e6, places: 1),
                Decimal.text(line.operationCount / line.seconds / 1e9, places: 1),
                Decimal.text(line.byteCount / line.seconds / 1e9, places: 1),
                Decimal.text(line.limit / line.seconds, places: 2),
            ]
        }
        return TextTable(["operation", "rows", "us", "GOP/s", "GB/s", "ratio"], rows).description
    }

    private func json(_ lines: [KernelBenchmark.Line], _ limits: MachineLimits) -> JSONValue {
        var peaks = JSONObject()
        for (dtype, rate) in limits.rates { peaks[dtype] = .double(rate) }
        let rows: [JSONValue] = lines.map { line in
            [
                "operation": .string(line.name), "rows": .integer(line.rows), "seconds": .double(line.seconds),
                "operations": .double(line.operationCount), "bytes": .double(line.byteCount),
                "limit_seconds": .double(line.limit),
            ]
        }
        return ["peaks": .object(peaks), "read_bytes_per_second": .double(limits.bandwidth), "lines": .array(rows)]
    }
}
