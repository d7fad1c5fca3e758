import ArgumentParser
import Needletail

/// Where answers come from: a model in this process unless a server is named.
struct ServerArguments: ParsableArguments {
    @Option(help: "Base address of a server's API, such as http://localhost:8000/v1, in place of a model here.")
    var url: String?

    @Option(name: .customLong("model-name"), help: "Model to ask the server for (default: the first it has).")
    var modelName: String?

    @Option(name: .customLong("api-key"), help: "Key for the server.")
    var apiKey: String?

    func source(
        model: String?, _ sampling: SamplingArguments, _ engine: EngineArguments
    ) async throws -> any TextSource {
        if let url { return try await ServerSource(url: url, apiKey: apiKey, model: modelName ?? model, sampling) }
        let llm = try await LLM.load(model, options: engine.options())
        return LocalSource(llm: llm, sampling: sampling.apply(to: llm.defaultSampling))
    }
}
