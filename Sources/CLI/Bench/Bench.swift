import ArgumentParser

/// `needletail bench`: benchmarks with vLLM's names and options.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure latency, throughput and kernels.",
        subcommands: [
            BenchLatency.self, BenchThroughput.self, BenchServe.self, BenchKernels.self, BenchPlot.self,
        ])
}
