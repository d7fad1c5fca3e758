import EngineTypes

/// The fields `stream`, `stream_options` and `stream_interval`.
struct StreamOptions: Sendable {
    var isStreamed: Bool
    /// Whether a last chunk reports the usage.
    var includesUsage = false
    /// Whether every chunk reports the usage so far; implies `includesUsage`.
    var hasContinuousUsage = false

    /// Minimum number of tokens per chunk, except the first and the last.
    var interval: Int

    init(_ fields: Fields, _ server: ServerOptions) throws(RequestError) {
        isStreamed = try fields.bool("stream") ?? false
        (includesUsage, hasContinuousUsage) = (server.forcesUsage, server.forcesUsage)
        let asked = try fields.int("stream_interval") ?? 1
        guard asked >= 1 else { throw fields.mistake("stream_interval", "at least 1") }
        interval = max(asked, server.streamInterval)
        guard let members = try fields.object("stream_options") else { return }
        guard isStreamed else { throw fields.mistake("stream_options", "absent unless stream is true") }
        let options = Fields(members, prefix: "stream_options.")
        let (asksUsage, asksContinuous) = (
            try options.bool("include_usage") ?? false, try options.bool("continuous_usage_stats") ?? false
        )
        includesUsage = asksUsage || server.forcesUsage
        hasContinuousUsage = asksUsage && asksContinuous || server.forcesUsage
    }
}
