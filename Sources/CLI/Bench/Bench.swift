import ArgumentParser

/// `needletail bench`: measurements, under the names and options of vLLM's.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure latency, throughput and kernels.",
        subcommands: [
            BenchLatency.self, BenchThroughput.self, BenchServe.self, BenchKernels.self, BenchPlot.self,
        ])
}
