package import EngineTypes
package import Support

/// What serves requests for one model: the engine of this process, a test's fake, later an engine elsewhere. A server
/// routes the `model` field to one of these and never assumes how many there are.
package protocol EngineClient: AnyObject, Sendable {
    var info: EngineInfo { get }

    /// Turns prompts into token ids for this model.
    var input: InputProcessor { get }

    /// Takes `count` places or none. Throws `overloaded` if the engine is full or the caller exceeds its share; requests of
    /// this process (nil) have no share.
    func reserve(_ count: Int, for caller: Caller?) throws(RequestError) -> [RequestPlace]

    /// Starts one output of a prompt, with what `input.prepare` made of the parameters. Throws at once for a request that
    /// cannot be served; later failures end the stream.
    func generate(_ tokenIDs: [TokenID], _ prepared: PreparedSampling, _ context: RequestContext) throws(RequestError)
        -> RequestStream

    /// Admits a search, until the ticket is gone. Throws while the engine is paused.
    func admitSearch() throws(RequestError) -> SearchTicket

    /// The engine's gauges and counters as they are now.
    func currentStats() async -> SchedulerStats

    /// Brings the gauges among the metrics up to date.
    func refreshMetrics() async

    /// False once the engine can serve nothing any more.
    var isHealthy: Bool { get }

    /// Forgets all cached prefixes.
    func resetPrefixCache()

    /// Takes no requests until `resume`; what runs is ended, waited for, or held up where it is. Returns once that is so.
    func pause(_ mode: PauseMode) async

    func resume()

    var isPaused: Bool { get }

    /// Ends all requests, now and from now on, with `RequestError.Code.engineDead`. Returns at once.
    func beginShutdown()
}

extension EngineClient {
    /// Prepares the parameters for one output alone and starts it.
    package func generate(
        _ tokenIDs: [TokenID], _ sampling: SamplingParams, _ context: RequestContext = RequestContext()
    ) throws(RequestError) -> RequestStream {
        try generate(tokenIDs, input.prepare(sampling), context)
    }
}

/// What a pause does with the requests under way.
package enum PauseMode: String, CaseIterable, Sendable { case abort, wait, keep }

/// What a client may know of the engine behind it.
package struct EngineInfo: Sendable {
    /// The name that the model was asked for under.
    package var modelName: String
    /// What metrics call it.
    package var servedName: String
    package var maxModelLength: Int
    package var vocabularySize: Int
    /// Threads that compute.
    package var threadCount = 1
    /// Tokens a block of the key-value cache.
    package var blockSize = 16
    /// Blocks that the key-value cache may grow to.
    package var maxBlockCount = 0
    /// Requests that can run and wait at once.
    package var maxRequestCount = Int.max
    /// Maximum number of running and waiting requests of a caller while it is the only one.
    package var maxCallerRequestCount: Int { RequestPlaces.share(of: maxRequestCount) }
    package var cachesPrefixes = true
    package var schedulingPolicy = SchedulingPolicy.fcfs
    /// What the model's authors recommend: temperature, top-k and the like.
    package var defaultSampling = SamplingParams()
    /// One line on device, dtype and cache, for logs.
    package var summary = ""
    /// Differs where outputs may: by version, instruction set, types and weights.
    package var fingerprint = ""
    /// Where the time of the steps goes, while `--profile` asks for it.
    package var profile: Profile?
    package var loadTimings = LoadTimings()

    package init(modelName: String, maxModelLength: Int, vocabularySize: Int) {
        self.modelName = modelName
        servedName = modelName
        self.maxModelLength = maxModelLength
        self.vocabularySize = vocabularySize
    }
}

/// Where the time of loading went, in seconds.
package struct LoadTimings: Sendable, Hashable {
    package var open = 0.0
    package var tokenizer = 0.0
    package var weights = 0.0
    package var engine = 0.0

    package init() {}
}

/// What a request brings besides its prompt and parameters.
package struct RequestContext: Sendable {
    package var caller: Caller?
    /// Places from `reserve`, for this request or for the beam search that it belongs to. If empty, `generate` takes one.
    package var places: [RequestPlace] = []
    package var priority = 0
    package var cacheSalt: String?
    /// Which of the outputs of its parent this is.
    package var choiceIndex = 0
    /// The prompt that several requests answer; nil for a single one.
    package var parent: ParentRequest?
    /// Logits processors of this request alone, before those that it names.
    package var processors: [any LogitsProcessor] = []
    /// The search that this is a step of.
    package var search: SearchTicket?

    package init() {}
}
