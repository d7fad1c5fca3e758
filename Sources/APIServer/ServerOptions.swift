package import Support

/// The server's settings: address, limits on clients and form of answers. Names follow vLLM's flags.
package struct ServerOptions: Sendable {
    package var host = "127.0.0.1"
    /// Port to listen on; 0 lets the system choose one.
    package var port = 8000
    /// Path of a Unix domain socket to listen on instead of host and port.
    package var socketPath: String?
    /// Path prefix that a proxy adds; every route is served with and without it.
    package var rootPath = ""
    /// Certificate for HTTPS; nil serves plain HTTP.
    package var tls: TLSOptions?
    package var cors = CORSOptions()

    /// Accepted API keys; if empty, no key is required.
    package var apiKeys: [String] = []
    /// Paths that require no key.
    package var publicPaths: Set<String> = ["/health", "/version", "/metrics"]

    /// Bytes of a request's body.
    package var maxBodyByteCount = 10 << 20
    /// Bytes of a request's headers.
    package var maxHeaderByteCount = 64 << 10
    /// Fields in a request's headers.
    package var maxHeaderCount = 256
    /// Prompts per completion request.
    package var maxPromptCount = 1024
    /// Largest `n` and `best_of` of a request.
    package var maxChoiceCount = 256
    /// Responses kept for later retrieval; the oldest finished ones make room for new ones.
    package var maxStoredResponseCount = 1000
    /// Time until a new connection's first request head has arrived.
    package var headerTimeout = Duration.seconds(30)
    /// Time until a request's body has arrived, counted from its head.
    package var bodyTimeout = Duration.seconds(60)
    /// Time that a connection may stay idle between requests.
    package var keepAliveTimeout = Duration.seconds(75)
    /// Time that a client may go without reading any of its answer before it is disconnected.
    package var writeTimeout = Duration.seconds(60)
    /// Time that running requests have to finish after SIGTERM.
    package var shutdownTimeout = Duration.seconds(20)

    /// Logs every request with its status, duration and token counts.
    package var logsRequests = false
    /// Reports the number of cached prompt tokens in `usage`.
    package var reportsCachedTokens = false
    /// Adds per-phase timings (`metrics`) to answers.
    package var reportsRequestMetrics = false
    /// Adds the usage so far to every chunk of a stream and sends a last chunk with the total, requested or not.
    package var forcesUsage = false
    /// Names tokens by id instead of text in log-probabilities, unless the request says otherwise.
    package var namesTokensByID = false
    /// Minimum number of tokens per chunk of a stream; the first and the last chunk may have fewer.
    package var streamInterval = 1
    /// The role of answers to chat completions.
    package var responseRole = "assistant"
    /// Default variables of the chat template; a request's own take precedence.
    package var chatTemplateVariables = JSONObject()
    /// Whether a request may bring its own chat template.
    package var trustsRequestTemplates = false
    /// Serves `/tokenizer_info`.
    package var hasTokenizerInfo = false
    /// Serves the routes for operators and tests, such as `/pause`.
    package var hasDevelopmentRoutes = false
    /// Serves `/docs` and `/openapi.json`.
    package var hasDocs = true

    package init() {}
}

/// The pages of other origins that may read answers (CORS, Fetch standard).
package struct CORSOptions: Sendable {
    /// Allowed origins; here and in `methods` and `headers`, `*` allows all.
    package var origins = ["*"]
    package var methods = ["*"]
    package var headers = ["*"]
    /// Whether pages may send credentials, such as cookies.
    package var allowsCredentials = false

    package init() {}
}

/// Paths of the PEM files for TLS.
package struct TLSOptions: Sendable {
    package var certificatePath: String
    package var keyPath: String
    /// PEM file of the authorities that client certificates must be signed by; nil requests no client certificate.
    package var clientAuthorityPath: String?
    /// Reloads the files when they change while the server runs.
    package var refreshes = false

    package init(certificatePath: String, keyPath: String) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
    }
}
