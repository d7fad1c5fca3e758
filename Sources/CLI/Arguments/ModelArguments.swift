import APIServer
import ArgumentParser
import Needletail

/// The model that a command runs in this process.
struct ModelArguments: ParsableArguments {
    @Argument(help: "Folder, .gguf file, hub id or built-in name (default: smollm2-135m).")
    var model: String?

    @Option(name: .customLong("model"), help: "The model as an option, as in vLLM.")
    var modelOption: String?

    func load(_ options: EngineOptions) async throws -> LLM {
        if let model, let modelOption, model != modelOption {
            throw EngineError("--model: must be the same as the argument '\(model)', got '\(modelOption)'")
        }
        return try await LLM.load(modelOption ?? model, options: options)
    }
}

/// The model that a server answers with, and the names that requests use for it.
struct ServedModelArguments: ParsableArguments {
    @OptionGroup var model: ModelArguments

    @Option(
        name: .customLong("served-model-name"), parsing: .upToNextOption,
        help: "Names that requests may use in the model field (default: MODEL).")
    var servedNames: [String] = []

    /// The argument takes precedence: a configuration file may set `--model` to another model.
    var path: String? { model.model ?? model.modelOption }

    func servedModels(_ llm: LLM) -> ServedModels {
        let names = servedNames.isEmpty ? [llm.modelName] : servedNames
        return ServedModels(names.map { ($0, llm.engine) })
    }
}
