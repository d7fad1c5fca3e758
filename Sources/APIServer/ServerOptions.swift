package import Support

/// Where and how a server listens, and what it takes of a client. Names follow vLLM's flags.
package struct ServerOptions: Sendable {
    package var host = "127.0.0.1"
    package var port = 8000
    /// Listens on a Unix domain socket in place of host and port.
    package var socketPath: String?
    /// What a proxy puts before all paths; taken off where it is still there.
    package var rootPath = ""
    package var tls: TLSOptions?
    package var cors = CORSOptions()

    /// Keys of which a request must bring one; none asked for if empty.
    package var apiKeys: [String] = []
    /// Paths that take requests without a key.
    package var publicPaths: Set<String> = ["/health", "/version", "/metrics"]

    package var maxBodyByteCount = 10 << 20
    package var maxHeaderByteCount = 64 << 10
    package var maxHeaderCount = 256
    package var maxPromptCount = 1024
    /// The largest `n`.
    package var maxChoiceCount = 256
    /// Responses that can be asked for later.
    package var maxStoredResponseCount = 1000
    package var headerTimeout = Duration.seconds(30)
    package var bodyTimeout = Duration.seconds(60)
    package var keepAliveTimeout = Duration.seconds(75)
    /// How long a client may take nothing of an answer.
    package var writeTimeout = Duration.seconds(60)
    /// How long requests may go on running after SIGTERM.
    package var shutdownTimeout = Duration.seconds(20)

    package var logsRequests = false
    /// Usage says how many prompt tokens were cached.
    package var reportsCachedTokens = false
    /// Answers say how long what of the request took.
    package var reportsRequestMetrics = false
    /// Every chunk of a stream carries the usage so far, asked for or not, and a last one the whole.
    package var forcesUsage = false
    /// Token ids in place of texts in log-probabilities, unless the request says otherwise.
    package var namesTokensByID = false
    /// Tokens that a chunk of a stream has at least, but for the first and the last.
    package var streamInterval = 1
    /// What the model is called in answers to chats.
    package var responseRole = "assistant"
    /// Variables of the chat template, beneath those of a request.
    package var chatTemplateVariables = JSONObject()
    package var hasTokenizerInfo = false
    package var hasDevelopmentRoutes = false
    package var hasDocs = true

    package init() {}
}

/// Which other sites' pages may read answers (Fetch standard, CORS).
package struct CORSOptions: Sendable {
    /// Origins, or `*` for all.
    package var origins = ["*"]
    package var methods = ["*"]
    package var headers = ["*"]
    package var allowsCredentials = false

    package init() {}
}

/// The files of a server's certificate.
package struct TLSOptions: Sendable {
    package var certificatePath: String
    package var keyPath: String
    /// Certificates that clients must be signed by; nil asks for no client certificate.
    package var clientAuthorityPath: String?
    /// Whether changed files are taken up while the server runs.
    package var refreshes = false

    package init(certificatePath: String, keyPath: String) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
    }
}
