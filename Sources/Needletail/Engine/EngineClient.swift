/// What serves requests for one model: the engine of this process, a test's fake, later an engine elsewhere. A server
/// routes the `model` field to one of these and never assumes how many there are.
package protocol EngineClient: Sendable {
    var info: EngineInfo { get }

    /// Starts a request. Throws at once for a request that cannot be served; later failures end the stream.
    func generate(_ tokenIDs: [TokenID], _ sampling: SamplingParams, _ context: RequestContext) throws(RequestError)
        -> RequestStream

    /// The engine's gauges and counters after its last step.
    var stats: SchedulerStats { get }
}

/// What a client may know of the engine behind it.
package struct EngineInfo: Sendable {
    /// The name that the model was asked for under.
    package var modelName: String
    package var maxModelLength: Int
    package var vocabularySize: Int
    /// Threads that compute.
    package var threadCount: Int
    /// What the model's authors recommend: temperature, top-k and the like.
    package var defaultSampling: SamplingParams
    /// One line on device, dtype and cache, for logs.
    package var summary: String
    package var loadTimings: LoadTimings
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
package struct RequestContext: Sendable, Hashable {
    package var priority = 0
    package var cacheSalt: String?

    package init() {}
}
