import Needletail
import Support

/// Counts tokens and collects timings while an answer grows.
struct UsageCounter: Sendable {
    private let choiceCount: Int
    private let stream: StreamOptions
    private let form: AnswerForm
    private let withCached: Bool
    private let reportsMetrics: Bool
    private(set) var usage = Usage()
    /// Cached tokens per prompt, taken from its first choice: the other choices hit what the first one computed.
    private var cachedTokenCounts: [Int]
    /// One per finished output.
    private var timings: [OutputTimings] = []

    init(_ prompts: [[TokenID]], choiceCount: Int, _ stream: StreamOptions, _ options: ServerOptions) {
        self.choiceCount = choiceCount
        self.stream = stream
        form = AnswerForm(isStreamed: stream.isStreamed)
        withCached = options.reportsCachedTokens
        reportsMetrics = options.reportsRequestMetrics
        cachedTokenCounts = Array(repeating: 0, count: prompts.count)
        usage.promptTokenCount = prompts.reduce(0) { $0 + $1.count }
    }

    /// Adds an output, of which `tokenCount` tokens count as completion tokens.
    mutating func add(_ index: Int, _ output: RequestOutput, tokenCount: Int) {
        usage.completionTokenCount += tokenCount
        if index % choiceCount == 0 {
            let prompt = index / choiceCount
            let more = max(0, output.cachedTokenCount - cachedTokenCounts[prompt])
            cachedTokenCounts[prompt] += more
            usage.cachedTokenCount += more
        }
        if reportsMetrics, let new = output.timings { timings.append(new) }
    }

    var json: JSONValue { usage.json(withCached: withCached, form) }

    /// The timings of the finished outputs; nil unless the server reports them.
    var metrics: JSONValue? { OutputTimings.json(timings, form) }

    /// The usage so far, for every chunk; nil unless requested.
    var continuous: JSONValue? { stream.hasContinuousUsage ? json : nil }

    /// The chunk that ends a stream, with usage and timings; empty unless usage is requested.
    func closingChunks(_ head: AnswerHead) -> [JSONValue] {
        stream.includesUsage ? [.object(head.json(choices: [], usage: json, metrics: metrics))] : []
    }

    /// Prompt and completion token counts, for the log.
    var summary: String { "\(usage.promptTokenCount) + \(usage.completionTokenCount) tokens" }
}
