import ArgumentParser
import Benchmarking
import Needletail
import Support

/// `needletail bench latency`: measures how long one batch of requests takes in this process.
struct BenchLatency: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency", abstract: "Measure how long one batch of requests takes.",
        discussion: "Prompts are random token ids, the same in every iteration; prefix caching is off by default."
    )

    @OptionGroup var model: ModelArguments

    @Option(name: .customLong("input-len"), help: "Tokens per prompt.")
    var inputLength = 32

    @Option(name: .customLong("output-len"), help: "Tokens per output.")
    var outputLength = 128

    @Option(name: .customLong("batch-size"), help: "Requests per batch.")
    var batchSize = 8

    @Option(name: .customLong("num-iters-warmup"), help: "Number of warm-up iterations, which are not measured.")
    var warmupCount = 10

    @Option(name: .customLong("num-iters"), help: "Number of measured iterations.")
    var iterationCount = 30

    @Option(name: .customLong("output-json"), help: "File to write the latencies to.")
    var outputPath: String?

    @OptionGroup(title: "Engine") var engine: EngineArguments

    func run() async throws {
        try check()
        let file = try outputPath.map { path in try ResultFile(path, flag: "--output-json") }
        let llm = try await model.load(engine.options(cachesPrefixes: false))
        guard inputLength + outputLength <= llm.maxModelLength else {
            throw EngineError(
                "--input-len: with --output-len \(outputLength) must be at most \(llm.maxModelLength - outputLength) "
                    + "(context of \(llm.maxModelLength)), got \(inputLength)")
        }
        let result = LatencyResult(latencies: try await measure(llm))
        llm.shutdown()
        if let profile = llm.profileReport { StandardError.write(profile) }
        StandardOutput.write(result.text)
        try file?.write(result.json)
    }

    private func check() throws {
        _ = try checked(inputLength, in: 1...1 << 24, "--input-len")
        _ = try checked(outputLength, in: 1...1 << 24, "--output-len")
        _ = try checked(batchSize, in: 1...65_536, "--batch-size")
        _ = try checked(warmupCount, in: 0...1 << 20, "--num-iters-warmup")
        _ = try checked(iterationCount, in: 1...1 << 20, "--num-iters")
    }

    /// Returns the seconds that each measured iteration took.
    private func measure(_ llm: LLM) async throws -> [Double] {
        var dataset = RandomDataset(vocabularySize: llm.vocabularySize)
        dataset.inputLength = inputLength
        let prompts = try dataset.sample(count: batchSize, seed: engine.seed).map(\.libraryPrompt)
        var sampling = SamplingParams(maxTokens: outputLength)
        sampling.ignoreEOS = true
        let progress = ProgressBar()
        defer { progress.finish() }
        var latencies: [Double] = []
        for iteration in 1...warmupCount + iterationCount {
            let start = MonotonicClock.seconds
            _ = try await llm.generate(prompts, sampling, showsProgress: false)
            latencies.append(MonotonicClock.seconds - start)
            progress.report(
                Progress(
                    label: iteration > warmupCount ? "measuring" : "warming up", done: iteration,
                    total: warmupCount + iterationCount, unit: .items("iterations")))
        }
        return Array(latencies.dropFirst(warmupCount))
    }
}

extension SampleRequest {
    /// The prompt as the library's type.
    var libraryPrompt: Needletail.Prompt {
        switch prompt {
        case .text(let text): .text(text)
        case .tokens(let ids): .tokens(ids)
        }
    }
}
