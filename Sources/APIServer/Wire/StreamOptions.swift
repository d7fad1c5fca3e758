import EngineTypes

/// `stream` and `stream_options`.
struct StreamOptions: Sendable {
    var isStreamed: Bool
    /// A last chunk with the usage.
    var includesUsage = false
    /// The usage so far in every chunk; only together with the last one.
    var hasContinuousUsage = false

    /// Tokens of a chunk at least, but for the first and the last.
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
