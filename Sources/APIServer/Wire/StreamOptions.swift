import EngineTypes

/// `stream` and `stream_options`.
struct StreamOptions: Sendable {
    var isStreamed: Bool
    /// A last chunk with the usage.
    var includesUsage = false
    /// The usage so far in every chunk.
    var hasContinuousUsage = false

    init(_ fields: Fields) throws(RequestError) {
        isStreamed = try fields.bool("stream") ?? false
        guard let members = try fields.object("stream_options") else { return }
        guard isStreamed else { throw fields.mistake("stream_options", "absent unless stream is true") }
        let options = Fields(members, prefix: "stream_options.")
        includesUsage = try options.bool("include_usage") ?? false
        hasContinuousUsage = try options.bool("continuous_usage_stats") ?? false
    }
}
