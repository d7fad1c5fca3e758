import ArgumentParser

/// `needletail bench`: measurements, under the names and options of vLLM's.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure latency and throughput.",
        subcommands: [BenchLatency.self, BenchThroughput.self, BenchServe.self, BenchPlot.self])
}
