import APIServer
import ArgumentParser
import EngineTypes
import Logging
import Needletail
import Support

/// `needletail serve`: the OpenAI-compatible server.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a model over HTTP, with vLLM's OpenAI-compatible API.")

    @Argument(help: "Folder, .gguf file or hub id (default: smollm2-135m).")
    var model: String?

    @Option(name: .customLong("model"), help: .hidden)
    var modelOption: String?

    @Option(
        name: .customLong("served-model-name"), parsing: .upToNextOption,
        help: "Names in the model field (default: MODEL).")
    var servedNames: [String] = []

    @OptionGroup(title: "Network") var network: NetworkArguments
    @OptionGroup(title: "Limits") var limits: LimitArguments
    @OptionGroup(title: "API") var api: APIArguments
    @OptionGroup(title: "Engine") var engine: EngineArguments

    func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let log = Logger(label: "needletail")
        var options = try engine.options()
        limits.apply(to: &options)
        options.servedModelName = servedNames.first
        var serverOptions = ServerOptions()
        try network.apply(to: &serverOptions)
        try limits.apply(to: &serverOptions)
        try api.apply(to: &serverOptions)
        let registry = PrometheusRegistry([])
        let llm = try await LLM.load(model ?? modelOption, options: options, metrics: registry) { log.notice("\($0)") }
        let names = servedNames.isEmpty ? [llm.modelName] : servedNames
        let models = ServedModels(names.map { ($0, llm.engine) })
        let server = try APIServer(models: models, options: serverOptions, registry: registry, log: log)
        try await server.run()
        llm.shutdown()
        if let profile = llm.profileReport { StandardError.write(profile) }
    }
}
