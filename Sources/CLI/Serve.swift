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

    @Option(name: .customLong("served-model-name"), help: "Name in the model field; may be repeated (default: MODEL).")
    var servedNames: [String] = []

    @OptionGroup(title: "Network") var network: NetworkArguments
    @OptionGroup(title: "Engine") var engine: EngineArguments

    func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let log = Logger(label: "needletail")
        var options = try engine.options()
        options.skipsTokenizer = network.skipsTokenizer
        options.maxQueuedRequests = network.maxQueuedRequests
        options.servedModelName = servedNames.first
        let serverOptions = try network.options()
        let registry = PrometheusRegistry(EngineMetrics.definitions(maxModelLength: options.maxModelLength ?? 1 << 17))
        let llm = try await LLM.load(model, options: options, metrics: registry) { log.notice("\($0)") }
        let names = servedNames.isEmpty ? [llm.modelName] : servedNames
        let models = ServedModels(names.map { ($0, llm.engine) })
        try await APIServer(models: models, options: serverOptions, registry: registry, log: log).run()
        llm.shutdown()
        if let profile = llm.profileReport { StandardError.write(profile) }
    }
}

/// The flags of the server's HTTP side.
struct NetworkArguments: ParsableArguments {
    @Option(help: "Address to listen on.")
    var host = ServerOptions().host

    @Option(help: "Port to listen on.")
    var port = ServerOptions().port

    @Option(name: .customLong("api-key"), help: "Key that requests must bring; may be repeated.")
    var apiKeys: [String] = []

    @Flag(name: .customLong("skip-tokenizer-init"), help: "Load no tokenizer: token ids in and out.")
    var skipsTokenizer = false

    @Flag(
        name: [.customLong("log-requests"), .customLong("enable-log-requests")],
        help: "One line on standard error for each request.")
    var logsRequests = false

    @Flag(name: .customLong("enable-prompt-tokens-details"), help: "Say in the usage how many tokens were cached.")
    var reportsCachedTokens = false

    @Option(name: .customLong("shutdown-timeout"), help: "Seconds that requests may run on after SIGTERM.")
    var shutdownTimeout = 20.0

    @Option(name: .customLong("max-queued-requests"), help: "Requests that may wait; more are answered with 503.")
    var maxQueuedRequests = EngineOptions().maxQueuedRequests

    @Option(name: .customLong("max-body-bytes"), help: "Bytes of a request's body.")
    var maxBodyByteCount = ServerOptions().maxBodyByteCount

    @Option(name: .customLong("max-header-bytes"), help: "Bytes of a request's headers.")
    var maxHeaderByteCount = ServerOptions().maxHeaderByteCount

    @Option(name: .customLong("max-header-count"), help: "Fields in a request's headers.")
    var maxHeaderCount = ServerOptions().maxHeaderCount

    @Option(name: .customLong("max-prompts"), help: "Prompts of a request.")
    var maxPromptCount = ServerOptions().maxPromptCount

    @Option(name: .customLong("max-n"), help: "The largest n of a request.")
    var maxChoiceCount = ServerOptions().maxChoiceCount

    @Option(name: .customLong("header-timeout"), help: "Seconds for a connection's first request head.")
    var headerTimeout = 30.0

    @Option(name: .customLong("body-timeout"), help: "Seconds for a request's body.")
    var bodyTimeout = 60.0

    @Option(name: .customLong("keep-alive-timeout"), help: "Seconds that a connection may be idle.")
    var keepAliveTimeout = 75.0

    func options() throws -> ServerOptions {
        var options = ServerOptions()
        options.host = host
        options.port = try checked(port, in: 0...65_535, "--port")
        options.apiKeys = apiKeys
        options.logsRequests = logsRequests
        options.reportsCachedTokens = reportsCachedTokens
        options.shutdownTimeout = try seconds(shutdownTimeout, "--shutdown-timeout")
        options.maxBodyByteCount = try checked(maxBodyByteCount, in: 1...1 << 32, "--max-body-bytes")
        options.maxHeaderByteCount = try checked(maxHeaderByteCount, in: 1...1 << 24, "--max-header-bytes")
        options.maxHeaderCount = try checked(maxHeaderCount, in: 1...65_536, "--max-header-count")
        options.maxPromptCount = try checked(maxPromptCount, in: 1...65_536, "--max-prompts")
        options.maxChoiceCount = try checked(maxChoiceCount, in: 1...16_384, "--max-n")
        options.headerTimeout = try seconds(headerTimeout, "--header-timeout")
        options.bodyTimeout = try seconds(bodyTimeout, "--body-timeout")
        options.keepAliveTimeout = try seconds(keepAliveTimeout, "--keep-alive-timeout")
        return options
    }

    private func seconds(_ value: Double, _ flag: String) throws -> Duration {
        guard value >= 0, value <= 86_400 else { throw EngineError("\(flag): must be in 0...86400, got \(value)") }
        return .seconds(value)
    }
}
