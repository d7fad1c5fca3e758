/// What a logits processor may know of a request: its history and its parameters.
public struct SamplingContext: Sendable {
    /// Prompt and output so far.
    public var tokenIDs: [TokenID]
    public var promptTokenCount: Int
    public var sampling: SamplingParams
    /// Tokens that end the output.
    public var stopTokenIDs: [TokenID]
    /// Keys random draws of a request's own.
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

    public var outputTokenIDs: ArraySlice<TokenID> { tokenIDs[promptTokenCount...] }

    /// A number in [0, 1) for this position of this request, the same whenever it is computed again.
    public func uniform(draw: Int) -> Double { random(draw) }
}

/// Changes the logits of one request before its token is chosen.
///
/// Called on the threads that compute: one call at a time for a request, several at a time for different ones. The result
/// must follow from the arguments, or from what `didChoose` told for positions before: a preempted request
/// is computed again.
public protocol LogitsProcessor: Sendable {
    /// Whether the most likely token always stays the most likely one. Such a processor comes after the temperature, and
    /// greedy requests do without it; others come before the penalties.
    var keepsArgmax: Bool { get }

    func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext)

    /// Told of the token that was chosen, by these logits, at the end of `context`.
    func didChoose(_ token: TokenID, by logits: Span<Float>, _ context: SamplingContext)
}

extension LogitsProcessor {
    public func didChoose(_ token: TokenID, by logits: Span<Float>, _ context: SamplingContext) {}
}

/// A logits processor that is a closure.
public struct LogitsClosure: LogitsProcessor {
    public let keepsArgmax: Bool
    private let body: @Sendable (_ logits: inout MutableSpan<Float>, _ context: SamplingContext) -> Void

    public init(
        keepsArgmax: Bool = false,
        _ body: @escaping @Sendable (_ logits: inout MutableSpan<Float>, _ context: SamplingContext) -> Void
    ) {
        self.keepsArgmax = keepsArgmax
        self.body = body
    }

    public func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) { body(&logits, context) }
}

/// Changes the logits of all requests of a step; registered when the engine starts.
public protocol BatchLogitsProcessor: Sendable {
    /// As for `LogitsProcessor`.
    var keepsArgmax: Bool { get }

    /// Throws `RequestError` for a request with parameters, such as extra arguments, that the processor cannot use.
    func validate(_ sampling: SamplingParams) throws(RequestError)

    func apply(to batch: inout LogitsBatch)
}

extension BatchLogitsProcessor {
    public func validate(_ sampling: SamplingParams) throws(RequestError) {}
}

/// The logits of the requests that get a token in a step.
public struct LogitsBatch {
    public let requests: [SamplingContext]
    private let edit: (_ index: Int, _ body: (inout MutableSpan<Float>) -> Void) -> Void

    package init(
        requests: [SamplingContext], edit: @escaping (_ index: Int, _ body: (inout MutableSpan<Float>) -> Void) -> Void
    ) {
        self.requests = requests
        self.edit = edit
    }

    /// Changes the logits of the request at `index`.
    public mutating func withLogits(at index: Int, _ body: (inout MutableSpan<Float>) -> Void) { edit(index, body) }
}
