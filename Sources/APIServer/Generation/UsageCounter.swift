import Needletail
import Support

/// Counts tokens while an answer grows.
struct UsageCounter: Sendable {
    private let choiceCount: Int
    private let stream: StreamOptions
    private let withCached: Bool
    private(set) var usage = Usage()

    init(_ prompts: [[TokenID]], choiceCount: Int, _ stream: StreamOptions, _ options: ServerOptions) {
        self.choiceCount = choiceCount
        self.stream = stream
        withCached = options.reportsCachedTokens
        usage.promptTokenCount = prompts.reduce(0) { $0 + $1.count }
    }

    /// `tokenCount`: how many of the output's tokens count.
    mutating func add(_ index: Int, _ output: RequestOutput, tokenCount: Int) {
        usage.completionTokenCount += tokenCount
        if index % choiceCount == 0, output.isFinished { usage.cachedTokenCount += output.cachedTokenCount }
    }

    var json: JSONValue { usage.json(withCached: withCached) }

    /// For every chunk, where asked for.
    var continuous: JSONValue? { stream.hasContinuousUsage ? json : nil }

    /// For the last chunk, where asked for.
    var final: JSONValue? { stream.includesUsage ? json : nil }

    /// For the log.
    var summary: String { "\(usage.promptTokenCount) + \(usage.completionTokenCount) tokens" }
}
