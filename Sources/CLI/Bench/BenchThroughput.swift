import ArgumentParser
import Benchmarking
import Needletail
import Support

/// `needletail bench throughput`: measures how fast a batch of many requests is answered in this process.
struct BenchThroughput: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput", abstract: "Measure how fast a batch of many requests is answered.")

    @OptionGroup var model: ModelArguments
    @OptionGroup(title: "Requests") var dataset: DatasetArguments

    @Option(name: .customLong("output-json"), help: "File to write the result to.")
    var outputPath: String?

    @OptionGroup(title: "Engine") var engine: EngineArguments

    func run() async throws {
        try dataset.check()
        let file = try outputPath.map { path in try ResultFile(path, flag: "--output-json") }
        var options = try engine.options()
        options.maxQueuedRequests = max(options.maxQueuedRequests, dataset.count)
        let llm = try await model.load(options)
        let source = try dataset.source(vocabularySize: llm.vocabularySize, maxModelLength: llm.maxModelLength)
        let result = try await measure(llm, source.requests(seed: engine.seed))
        llm.shutdown()
        if let profile = llm.profileReport { StandardError.write(profile) }
        StandardOutput.write(result.text)
        try file?.write(result.json)
    }

    /// Runs all requests to their full output length, as vLLM does.
    private func measure(_ llm: LLM, _ requests: [SampleRequest]) async throws -> ThroughputResult {
        let progress = ProgressBar()
        defer { progress.finish() }
        let start = MonotonicClock.seconds
        let streams = try requests.map { request in
            var sampling = SamplingParams(maxTokens: request.outputLength)
            sampling.ignoreEOS = true
            return try llm.stream(request.libraryPrompt, sampling)
        }
        var result = ThroughputResult(
            elapsed: 0, requestCount: requests.count, promptTokenCount: 0, outputTokenCount: 0)
        for (index, stream) in streams.enumerated() {
            let output = try await stream.collect()
            result.promptTokenCount += output.promptTokenIDs.count
            result.outputTokenCount += output.tokenIDs.count
            progress.report(
                Progress(label: "generating", done: index + 1, total: streams.count, unit: .items("requests")))
        }
        result.elapsed = MonotonicClock.seconds - start
        return result
    }
}
