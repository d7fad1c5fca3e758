import ArgumentParser
import Needletail

/// The model that a benchmark in this process runs.
struct BenchModelArguments: ParsableArguments {
    @Argument(help: "Folder, .gguf file or hub id (default: smollm2-135m).")
    var model: String?

    @Option(name: .customLong("model"), help: "The same as an option, as vLLM has it.")
    var modelOption: String?

    func load(_ options: EngineOptions) async throws -> LLM {
        if let model, let modelOption, model != modelOption {
            throw EngineError("--model: must not name another model than the argument '\(model)', got '\(modelOption)'")
        }
        return try await LLM.load(modelOption ?? model, options: options)
    }
}
