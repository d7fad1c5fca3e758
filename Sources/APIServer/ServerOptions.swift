/// Where and how a server listens, and what it takes of a client.
package struct ServerOptions: Sendable {
    package var host = "127.0.0.1"
    package var port = 8000
    /// Keys of which a request must bring one; none asked for if empty.
    package var apiKeys: [String] = []
    package var maxBodyByteCount = 10 << 20
    package var maxHeaderByteCount = 64 << 10
    package var maxHeaderCount = 256
    package var maxPromptCount = 1024
    /// The largest `n`.
    package var maxChoiceCount = 256
    package var headerTimeout = Duration.seconds(30)
    package var bodyTimeout = Duration.seconds(60)
    package var keepAliveTimeout = Duration.seconds(75)
    /// How long requests may go on running after SIGTERM.
    package var shutdownTimeout = Duration.seconds(20)
    package var logsRequests = false
    /// Usage says how many prompt tokens were cached.
    package var reportsCachedTokens = false

    package init() {}
}
