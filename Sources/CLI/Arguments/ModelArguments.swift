import APIServer
import ArgumentParser
import Needletail

/// The model that a command runs in this process.
struct ModelArguments: ParsableArguments {
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

/// The model behind routes, and what requests call it.
struct ServedModelArguments: ParsableArguments {
    @OptionGroup var model: ModelArguments

    @Option(
        name: .customLong("served-model-name"), parsing: .upToNextOption,
        help: "Names in the model field (default: MODEL).")
    var servedNames: [String] = []

    /// A configuration file may name another model as its option: the command line's counts.
    var path: String? { model.model ?? model.modelOption }

    func servedModels(_ llm: LLM) -> ServedModels {
        let names = servedNames.isEmpty ? [llm.modelName] : servedNames
        return ServedModels(names.map { ($0, llm.engine) })
    }
}
