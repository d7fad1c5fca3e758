package import APIServer
package import ArgumentParser
import EngineTypes
import Logging
package import Needletail
import Support

/// `needletail serve`: the OpenAI-compatible server.
package struct Serve: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Serve a model over HTTP with vLLM's OpenAI-compatible API.")

    @OptionGroup var served: ServedModelArguments
    @OptionGroup(title: "Network") var network: NetworkArguments
    @OptionGroup(title: "Limits") var limits: LimitArguments
    @OptionGroup(title: "API") var api: APIArguments
    @OptionGroup(title: "Engine") var engine: EngineArguments

    package init() {}

    package func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let log = Logger(label: "needletail")
        let (engineOptions, serverOptions) = try options()
        let registry = PrometheusRegistry([])
        let llm = try await LLM.load(served.path, options: engineOptions, metrics: registry) { log.notice("\($0)") }
        let server = try APIServer(
            models: served.servedModels(llm), options: serverOptions, registry: registry, log: log)
        try await server.run()
        llm.shutdown()
        if let profile = llm.profileReport { StandardError.write(profile) }
    }

    /// The options that the flags set, for the engine and for the server.
    package func options() throws -> (engine: EngineOptions, server: ServerOptions) {
        var engineOptions = try engine.options()
        limits.apply(to: &engineOptions)
        engineOptions.servedModelName = served.servedNames.first
        var serverOptions = ServerOptions()
        try network.apply(to: &serverOptions)
        try limits.apply(to: &serverOptions)
        try api.apply(to: &serverOptions)
        return (engineOptions, serverOptions)
    }
}
