import APIServer
import ArgumentParser
import EngineTypes
import Logging
import Needletail
import Support

/// `needletail serve`: the OpenAI-compatible server.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a model over HTTP with vLLM's OpenAI-compatible API.")

    @OptionGroup var served: ServedModelArguments
    @OptionGroup(title: "Network") var network: NetworkArguments
    @OptionGroup(title: "Limits") var limits: LimitArguments
    @OptionGroup(title: "API") var api: APIArguments
    @OptionGroup(title: "Engine") var engine: EngineArguments

    func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let log = Logger(label: "needletail")
        var options = try engine.options()
        limits.apply(to: &options)
        options.servedModelName = served.servedNames.first
        var serverOptions = ServerOptions()
        try network.apply(to: &serverOptions)
        try limits.apply(to: &serverOptions)
        try api.apply(to: &serverOptions)
        let registry = PrometheusRegistry([])
        let llm = try await LLM.load(served.path, options: options, metrics: registry) { log.notice("\($0)") }
        let server = try APIServer(
            models: served.servedModels(llm), options: serverOptions, registry: registry, log: log)
        try await server.run()
        llm.shutdown()
        if let profile = llm.profileReport { StandardError.write(profile) }
    }
}
