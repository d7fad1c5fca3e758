import ArgumentParser
import Needletail

/// The flags that choose where answers come from: the server at `--url`, or else a model in this process.
struct ServerArguments: ParsableArguments {
    @Option(help: "Base URL of a server to use instead of a local model, such as http://localhost:8000/v1.")
    var url: String?

    @Option(name: .customLong("model-name"), help: "Model to request from the server (default: the first it lists).")
    var modelName: String?

    @Option(name: .customLong("api-key"), help: "API key for the server.")
    var apiKey: String?

    func source(
        model: String?, _ sampling: SamplingArguments, _ engine: EngineArguments
    ) async throws -> any TextSource {
        if let url { return try await ServerSource(url: url, apiKey: apiKey, model: modelName ?? model, sampling) }
        let llm = try await LLM.load(model, options: engine.options())
        return LocalSource(llm: llm, sampling: sampling.apply(to: llm.defaultSampling))
    }
}
