package import EngineTypes

/// What the engine's thread is told.
package enum EngineCoreMessage: Sendable {
    case add(EngineCoreRequest)
    /// Takes effect before the next step.
    case abort([RequestID])
    /// Forgets all cached prefixes.
    case resetPrefixCache
    /// Holds the steps up, or lets them go on.
    case pause(Bool)
    /// Calls back, on the engine's thread, with the present numbers.
    case stats(@Sendable (SchedulerStats) -> Void)
    /// Ends all requests and the thread.
    case shutdown
}

/// What a started engine says of itself.
package struct EngineCoreInfo: Hashable, Sendable {
    /// Prompt and output tokens of a request: the configured limit, or what the KV cache holds if that is less.
    package var maxModelLength: Int

    package init(maxModelLength: Int) { self.maxModelLength = maxModelLength }
}
