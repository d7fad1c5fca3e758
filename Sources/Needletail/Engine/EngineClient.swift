package import EngineTypes
package import Support

/// Serves requests for one model: the engine in this process, a fake in a test, later an engine elsewhere. A server
/// routes the `model` field to one of any number of clients.
package protocol EngineClient: AnyObject, Sendable {
    var info: EngineInfo { get }

    /// Prepares prompts and parameters for this model.
    var input: InputProcessor { get }

    /// Admits `count` requests or none: those of one call, or the beams of a search. Throws `overloaded` if the engine
    /// is full, the caller exceeds its share (requests of this process, nil, have none) or a search meets a paused
    /// engine.
    func admit(_ count: Int, isSearch: Bool, for caller: Caller?) throws(RequestError) -> AdmissionTicket

    /// Starts one output of a prompt, with parameters from `input.prepare`. Throws at once for a request that cannot be
    /// served; later failures end the stream.
    func generate(_ tokenIDs: [TokenID], _ prepared: PreparedSampling, _ context: RequestMetadata) throws(RequestError)
        -> RequestStream

    /// The current gauges and counters of the engine.
    func currentStats() async -> SchedulerStats

    /// Updates the gauges among the metrics.
    func refreshMetrics() async

    /// False once the engine can no longer serve requests.
    var isHealthy: Bool { get }

    /// Forgets all cached prefixes.
    func resetPrefixCache()

    /// Admits no requests until `resume`. As `mode` says, running requests are aborted, awaited or suspended; returns
    /// once that is done.
    func pause(_ mode: PauseMode) async

    func resume()

    var isPaused: Bool { get }

    /// Ends all current and later requests with `RequestError.Code.engineDead`. Returns at once.
    func beginShutdown()
}

extension EngineClient {
    /// Prepares the parameters of a single output and starts it.
    package func generate(
        _ tokenIDs: [TokenID], _ sampling: SamplingParams, _ context: RequestMetadata = RequestMetadata()
    ) throws(RequestError) -> RequestStream {
        try generate(tokenIDs, input.prepare(sampling), context)
    }
}

/// How a pause treats the running requests.
package enum PauseMode: String, CaseIterable, Sendable { case abort, wait, keep }

/// The properties of an engine that its clients may know.
package struct EngineInfo: Sendable {
    /// The name under which the model was loaded.
    package var modelName: String
    /// The name of the model in metrics.
    package var servedName: String
    package var maxModelLength: Int
    package var vocabularySize: Int
    /// Number of compute threads.
    package var threadCount = 1
    /// Tokens per block of the key-value cache.
    package var blockSize = 16
    /// Maximum number of blocks of the key-value cache.
    package var maxBlockCount = 0
    /// Maximum number of running and waiting requests.
    package var maxRequestCount = Int.max
    /// Maximum number of running and waiting requests of a caller while it is the only one.
    package var maxCallerRequestCount: Int { RequestPlaces.share(of: maxRequestCount) }
    package var cachesPrefixes = true
    package var schedulingPolicy = SchedulingPolicy.fcfs
    /// Sampling parameters that the model's authors recommend, such as temperature and top-k.
    package var defaultSampling = SamplingParams()
    /// One line about device, types and cache, for logs.
    package var summary = ""
    /// Differs between engines whose outputs may differ: by version, instruction set, types and weights.
    package var fingerprint = ""
    /// The profile of the steps; nil without `--profile`.
    package var profile: Profile?
    package var loadTimings = LoadTimings()

    package init(modelName: String, maxModelLength: Int, vocabularySize: Int) {
        self.modelName = modelName
        servedName = modelName
        self.maxModelLength = maxModelLength
        self.vocabularySize = vocabularySize
    }
}

/// Seconds that each phase of loading took.
package struct LoadTimings: Sendable, Hashable {
    package var open = 0.0
    package var tokenizer = 0.0
    package var weights = 0.0
    package var engine = 0.0

    package init() {}
}

/// The properties of a request besides its prompt and parameters.
package struct RequestMetadata: Sendable {
    package var caller: Caller?
    /// The admission of the request; nil lets `generate` ask for one.
    package var ticket: AdmissionTicket?
    package var priority = 0
    package var cacheSalt: String?
    /// Index of the output among those of its parent.
    package var choiceIndex = 0
    /// The parent of all requests that answer the same prompt; nil for a single request.
    package var parent: ParentRequest?
    /// Logits processors for this request only, applied before those that it names.
    package var processors: [any LogitsProcessor] = []

    package init() {}
}
