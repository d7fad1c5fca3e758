/// The history and the parameters of a request, as a logits processor sees them.
public struct SamplingContext: Sendable {
    /// The tokens of the prompt and of the output so far.
    public var tokenIDs: [TokenID]
    /// Number of prompt tokens, which come first in `tokenIDs`.
    public var promptTokenCount: Int
    /// The sampling parameters of the request.
    public var sampling: SamplingParams
    /// The tokens that end the output.
    public var stopTokenIDs: [TokenID]
    /// Returns a draw from [0, 1) for this position of the request, by the number of the draw.
    package var random: @Sendable (_ draw: Int) -> Double

    package init(
        tokenIDs: [TokenID], promptTokenCount: Int, sampling: SamplingParams, stopTokenIDs: [TokenID] = [],
        random: @escaping @Sendable (Int) -> Double = { _ in 0 }
    ) {
        self.tokenIDs = tokenIDs
        self.promptTokenCount = promptTokenCount
        self.sampling = sampling
        self.stopTokenIDs = stopTokenIDs
        self.random = random
    }

    /// The tokens of the output so far.
    public var outputTokenIDs: ArraySlice<TokenID> { tokenIDs[promptTokenCount...] }

    /// Returns a random number in [0, 1) for draw number `draw` at this position of the request. The number is the same
    /// whenever the position is computed again.
    public func uniform(draw: Int) -> Double { random(draw) }
}

/// Changes the logits of one request before its token is chosen.
///
/// Called on compute threads: one call at a time per request, concurrently for different requests. The result must
/// depend only on the arguments and on earlier calls of `didChoose`, because a preempted request is computed again.
public protocol LogitsProcessor: Sendable {
    /// Whether the most likely token always stays the most likely. If so, the processor applies after the temperature
    /// and not to greedy requests; otherwise it applies before the penalties.
    var keepsArgmax: Bool { get }

    /// Changes the logits in place; there is one logit per token of the vocabulary.
    func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext)

    /// Called with the token chosen after those of `context`, and with the logits from which it was chosen.
    func didChoose(_ token: TokenID, by logits: Span<Float>, _ context: SamplingContext)
}

extension LogitsProcessor {
    /// Does nothing: a processor without state need not know the chosen tokens.
    public func didChoose(_ token: TokenID, by logits: Span<Float>, _ context: SamplingContext) {}
}

/// A logits processor that calls a closure.
public struct LogitsClosure: LogitsProcessor {
    /// Whether the closure always leaves the most likely token the most likely, as in `LogitsProcessor.keepsArgmax`.
    public let keepsArgmax: Bool
    private let body: @Sendable (_ logits: inout MutableSpan<Float>, _ context: SamplingContext) -> Void

    /// Creates a processor that changes the logits with `body`, which gets one logit per token of the vocabulary.
    public init(
        keepsArgmax: Bool = false,
        _ body: @escaping @Sendable (_ logits: inout MutableSpan<Float>, _ context: SamplingContext) -> Void
    ) {
        self.keepsArgmax = keepsArgmax
        self.body = body
    }

    /// Calls the closure.
    public func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) { body(&logits, context) }
}

/// Changes the logits of all requests of a step; registered with the engine when a model is loaded.
public protocol BatchLogitsProcessor: Sendable {
    /// Whether the most likely token of each request always stays the most likely, as in `LogitsProcessor.keepsArgmax`.
    var keepsArgmax: Bool { get }

    /// Throws an error for a request whose parameters, such as extra arguments, the processor cannot use.
    func validate(_ sampling: SamplingParams) throws(RequestError)

    /// Changes the logits of the batch through `LogitsBatch.withLogits(at:_:)`.
    func apply(to batch: inout LogitsBatch)
}

extension BatchLogitsProcessor {
    /// Accepts all requests.
    public func validate(_ sampling: SamplingParams) throws(RequestError) {}
}

/// The logits of all requests that get a token in a step.
public struct LogitsBatch {
    /// The requests of the batch, whose indices `withLogits(at:_:)` takes.
    public let requests: [SamplingContext]
    private let edit: (_ index: Int, _ body: (inout MutableSpan<Float>) -> Void) -> Void

    package init(
        requests: [SamplingContext], edit: @escaping (_ index: Int, _ body: (inout MutableSpan<Float>) -> Void) -> Void
    ) {
        self.requests = requests
        self.edit = edit
    }

    /// Calls `body` to change the logits of the request at `index` of `requests`, one logit per token of the
    /// vocabulary.
    public mutating func withLogits(at index: Int, _ body: (inout MutableSpan<Float>) -> Void) { edit(index, body) }
}
