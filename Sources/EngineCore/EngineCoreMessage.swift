package import EngineTypes

/// A message to the engine's thread.
package enum EngineCoreMessage: Sendable {
    case add(EngineCoreRequest)
    /// Marks requests that were added before as ready to run.
    case ready([RequestID])
    /// Takes effect before the next step.
    case abort([RequestID])
    /// Forgets all cached prefixes.
    case resetPrefixCache
    /// Pauses or resumes the steps.
    case pause(Bool)
    /// Calls back on the engine's thread with the current statistics.
    case stats(@Sendable (SchedulerStats) -> Void)
    /// Ends all requests and the thread.
    case shutdown
}

/// The properties of a started engine.
package struct EngineCoreInfo: Hashable, Sendable {
    /// Maximum prompt and output tokens of a request: the configured limit, or what the KV cache holds if that is less.
    package var maxModelLength: Int

    package init(maxModelLength: Int) { self.maxModelLength = maxModelLength }
}
