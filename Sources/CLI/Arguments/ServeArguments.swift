import APIServer
import ArgumentParser
import Needletail
import Support

/// The flags for a server's address, keys, certificates and CORS.
struct NetworkArguments: ParsableArguments {
    @Option(help: "Address to listen on.")
    var host = ServerOptions().host

    @Option(help: "Port to listen on.")
    var port = ServerOptions().port

    @Option(help: "Unix domain socket to listen on instead of host and port.")
    var uds: String?

    @Option(name: .customLong("root-path"), help: "Prefix that a proxy adds to all paths, such as /llm.")
    var rootPath = ""

    @Option(
        name: .customLong("api-key"), parsing: .upToNextOption,
        help: "API keys; each request must send one of them (default: NEEDLETAIL_API_KEY and VLLM_API_KEY).")
    var apiKeys: [String] = []

    @Option(
        name: .customLong("public-path"),
        help: "Path without a key, besides /health, /version and /metrics; may be repeated. 'none': not even those.")
    var publicPaths: [String] = []

    @Option(name: .customLong("ssl-certfile"), help: "PEM file with the server's certificate: serves HTTPS.")
    var certificateFile: String?

    @Option(name: .customLong("ssl-keyfile"), help: "PEM file with the certificate's private key.")
    var keyFile: String?

    @Option(
        name: .customLong("ssl-ca-certs"), help: "PEM file of the authorities that sign clients' certificates.")
    var clientAuthorities: String?

    @Flag(name: .customLong("enable-ssl-refresh"), help: "Reload changed certificate files while serving.")
    var refreshesCertificates = false

    @Option(name: .customLong("allowed-origins"), help: "JSON list of origins whose pages may read answers (CORS).")
    var origins = #"["*"]"#

    @Option(name: .customLong("allowed-methods"), help: "JSON list of methods that pages of other origins may use.")
    var methods = #"["*"]"#

    @Option(name: .customLong("allowed-headers"), help: "JSON list of headers that pages of other origins may send.")
    var headers = #"["*"]"#

    @Flag(name: .customLong("allow-credentials"), help: "Let pages of other origins send credentials, such as cookies.")
    var allowsCredentials = false

    /// Options whose value is a JSON list, in a configuration file too.
    static let listsAsJSON: Set<String> = ["allowed-origins", "allowed-methods", "allowed-headers"]

    func apply(to options: inout ServerOptions) throws {
        options.host = Authority.address(host)
        options.port = try checked(port, in: 0...65_535, "--port")
        options.socketPath = uds
        options.rootPath = try checkedRootPath()
        options.apiKeys = apiKeys.isEmpty ? Self.environmentKeys : apiKeys
        if let key = options.apiKeys.first(where: \.isEmpty) {
            throw EngineError("--api-key: must not be empty, got '\(key)'")
        }
        if publicPaths.contains("none") { options.publicPaths = [] }
        options.publicPaths.formUnion(publicPaths.filter { $0 != "none" })
        options.tls = try tls()
        options.cors.origins = try Self.list(origins, "--allowed-origins")
        options.cors.methods = try Self.list(methods, "--allowed-methods")
        options.cors.headers = try Self.list(headers, "--allowed-headers")
        options.cors.allowsCredentials = allowsCredentials
    }

    private static var environmentKeys: [String] {
        ["NEEDLETAIL_API_KEY", "VLLM_API_KEY"].compactMap { EnvironmentVariable.value($0) }.filter { !$0.isEmpty }
    }

    private func checkedRootPath() throws -> String {
        guard rootPath.isEmpty || (rootPath.hasPrefix("/") && !rootPath.hasSuffix("/")) else {
            throw EngineError("--root-path: must begin with / and not end with it, got '\(rootPath)'")
        }
        return rootPath
    }

    private func tls() throws -> TLSOptions? {
        guard let certificateFile, let keyFile else {
            guard certificateFile == nil, keyFile == nil else {
                throw EngineError("--ssl-certfile and --ssl-keyfile: must be given together")
            }
            guard clientAuthorities == nil else { throw EngineError("--ssl-ca-certs: needs --ssl-certfile") }
            return nil
        }
        var tls = TLSOptions(certificatePath: certificateFile, keyPath: keyFile)
        tls.clientAuthorityPath = clientAuthorities
        tls.refreshes = refreshesCertificates
        return tls
    }

    private static func list(_ text: String, _ flag: String) throws -> [String] {
        let elements = try? JSONValue(parsing: text).arrayValue
        guard let texts = elements?.compactMap(\.stringValue), texts.count == elements?.count else {
            throw EngineError("\(flag): must be a JSON list of strings, got '\(text)'")
        }
        return texts
    }
}

/// The flags that limit clients' requests, and the timeouts of connections.
struct LimitArguments: ParsableArguments {
    @Option(
        name: [.customLong("max-num-queued-reqs"), .customLong("max-queued-requests")],
        help: "Maximum number of waiting requests; more are answered with 503.")
    var maxQueuedRequests = EngineOptions().maxQueuedRequests

    @Option(name: .customLong("max-body-bytes"), help: "Maximum size of a request's body in bytes.")
    var maxBodyByteCount = ServerOptions().maxBodyByteCount

    @Option(
        name: [.customLong("max-header-bytes"), .customLong("h11-max-incomplete-event-size")],
        help: "Maximum size of a request's headers in bytes.")
    var maxHeaderByteCount = ServerOptions().maxHeaderByteCount

    @Option(
        name: [.customLong("max-header-count"), .customLong("h11-max-header-count")],
        help: "Maximum number of header fields of a request.")
    var maxHeaderCount = ServerOptions().maxHeaderCount

    @Option(name: .customLong("max-prompts"), help: "Maximum number of prompts per request.")
    var maxPromptCount = count("VLLM_MAX_COMPLETION_PROMPTS") ?? ServerOptions().maxPromptCount

    @Option(name: .customLong("max-n"), help: "Maximum n of a request.")
    var maxChoiceCount = count("VLLM_MAX_N_SEQUENCES") ?? ServerOptions().maxChoiceCount

    @Option(name: .customLong("max-stop-strings"), help: "Maximum number of stop strings per request.")
    var maxStopStringCount = count("VLLM_MAX_STOP_STRINGS") ?? EngineOptions().maxStopStringCount

    @Option(name: .customLong("max-bad-words"), help: "Maximum number of bad words per request.")
    var maxBadWordCount = count("VLLM_MAX_NUM_BAD_WORDS") ?? EngineOptions().maxBadWordCount

    @Option(
        name: .customLong("max-stored-responses"), help: "Maximum number of finished responses kept for later.")
    var maxStoredResponseCount = ServerOptions().maxStoredResponseCount

    @Option(
        name: .customLong("header-timeout"), help: "Seconds to receive the headers of a connection's first request.")
    var headerTimeout = 30.0

    @Option(name: .customLong("body-timeout"), help: "Seconds to receive a request's body.")
    var bodyTimeout = 60.0

    @Option(name: .customLong("write-timeout"), help: "Seconds after which a client that reads nothing is cut off.")
    var writeTimeout = 60.0

    @Option(name: .customLong("keep-alive-timeout"), help: "Maximum idle time of a connection in seconds.")
    var keepAliveTimeout = 75.0

    @Option(name: .customLong("shutdown-timeout"), help: "Seconds that running requests may go on after SIGTERM.")
    var shutdownTimeout = 20.0

    func apply(to options: inout ServerOptions) throws {
        options.maxBodyByteCount = try checked(maxBodyByteCount, in: 1...1 << 32, "--max-body-bytes")
        options.maxHeaderByteCount = try checked(maxHeaderByteCount, in: 1...1 << 24, "--max-header-bytes")
        options.maxHeaderCount = try checked(maxHeaderCount, in: 1...65_536, "--max-header-count")
        options.maxPromptCount = try checked(maxPromptCount, in: 1...65_536, "--max-prompts")
        options.maxChoiceCount = try checked(maxChoiceCount, in: 1...16_384, "--max-n")
        options.maxStoredResponseCount = try checked(maxStoredResponseCount, in: 1...1 << 20, "--max-stored-responses")
        options.headerTimeout = try seconds(headerTimeout, "--header-timeout")
        options.bodyTimeout = try seconds(bodyTimeout, "--body-timeout")
        options.writeTimeout = try seconds(writeTimeout, "--write-timeout")
        options.keepAliveTimeout = try seconds(keepAliveTimeout, "--keep-alive-timeout")
        options.shutdownTimeout = try seconds(shutdownTimeout, "--shutdown-timeout")
    }

    func apply(to options: inout EngineOptions) {
        options.maxQueuedRequests = maxQueuedRequests
        options.maxStopStringCount = maxStopStringCount
        options.maxBadWordCount = maxBadWordCount
    }

    /// The value of one of vLLM's environment variables; nil if it is not an integer.
    private static func count(_ variable: String) -> Int? { EnvironmentVariable.value(variable).flatMap { Int($0) } }

    private func seconds(_ value: Double, _ flag: String) throws -> Duration {
        .seconds(try checked(value, in: 0...86_400, flag))
    }
}

/// The flags that choose the routes of a server and the contents of its answers.
struct APIArguments: ParsableArguments {
    @Flag(
        name: [.customLong("log-requests"), .customLong("enable-log-requests")],
        help: "Log one line per request on standard error.")
    var logsRequests = false

    @Flag(name: .customLong("enable-prompt-tokens-details"), help: "Report the number of cached tokens in usage.")
    var reportsCachedTokens = false

    @Flag(name: .customLong("enable-per-request-metrics"), help: "Add per-phase timings (metrics) to answers.")
    var reportsRequestMetrics = false

    @Flag(
        name: .customLong("enable-force-include-usage"),
        help: "Report usage in every chunk of a stream and at its end.")
    var forcesUsage = false

    @Flag(name: .customLong("return-tokens-as-token-ids"), help: "Name tokens by their ids in log-probabilities.")
    var namesTokensByID = false

    @Option(name: .customLong("stream-interval"), help: "Minimum number of tokens per chunk of a stream.")
    var streamInterval = 1

    @Option(name: .customLong("response-role"), help: "Role of the answers to chats.")
    var responseRole = ServerOptions().responseRole

    @Option(
        name: .customLong("default-chat-template-kwargs"),
        help: "JSON object of default variables for the chat template.")
    var chatTemplateVariables = "{}"

    @Flag(
        name: .customLong("trust-request-chat-template"),
        help: "Let requests bring a chat template (chat_template); without this flag they are refused.")
    var trustsRequestTemplates = false

    @Flag(name: .customLong("enable-tokenizer-info-endpoint"), help: "Add /tokenizer_info.")
    var hasTokenizerInfo = false

    @Flag(
        name: .customLong("enable-dev-routes"),
        help: "Add /reset_prefix_cache, /server_info, /pause, /resume and /is_paused (also: VLLM_SERVER_DEV_MODE=1).")
    var hasDevelopmentRoutes = false

    @Flag(name: .customLong("disable-fastapi-docs"), help: "Leave out /docs and /openapi.json.")
    var hidesDocs = false

    func apply(to options: inout ServerOptions) throws {
        options.logsRequests = logsRequests
        options.reportsCachedTokens = reportsCachedTokens
        options.reportsRequestMetrics = reportsRequestMetrics
        options.forcesUsage = forcesUsage
        options.namesTokensByID = namesTokensByID
        options.streamInterval = try checked(streamInterval, in: 1...1 << 20, "--stream-interval")
        options.responseRole = responseRole
        guard let variables = try? JSONValue(parsing: chatTemplateVariables).objectValue else {
            throw EngineError("--default-chat-template-kwargs: must be a JSON object, got '\(chatTemplateVariables)'")
        }
        options.chatTemplateVariables = variables
        options.trustsRequestTemplates = trustsRequestTemplates
        options.hasTokenizerInfo = hasTokenizerInfo
        options.hasDevelopmentRoutes = hasDevelopmentRoutes || EnvironmentVariable.value("VLLM_SERVER_DEV_MODE") == "1"
        options.hasDocs = !hidesDocs
    }
}
