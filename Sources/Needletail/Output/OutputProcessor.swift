import EngineTypes
import Synchronization
import Tokenization

/// The requests under way on the asynchronous side: routes a step's outputs to their readers.
final class OutputProcessor: Sendable {
    private struct State {
        var requests: [RequestID: RequestState] = [:]
        var stats = SchedulerStats()
    }

    private let tokenizer: Tokenizer?
    private let state = Mutex(State())

    init(tokenizer: Tokenizer?) { self.tokenizer = tokenizer }

    var stats: SchedulerStats { state.withLock { $0.stats } }

    func add(_ request: EngineCoreRequest) -> OutputCollector {
        let collector = OutputCollector()
        let new = RequestState(request, tokenizer: tokenizer, collector: collector)
        state.withLock { $0.requests[request.id] = new }
        return collector
    }

    /// Forgets a request whose reader went away; false where it had ended already.
    func remove(_ id: RequestID, error: RequestError? = nil) -> Bool {
        guard let request = state.withLock({ $0.requests.removeValue(forKey: id) }) else { return false }
        if let error { request.collector.fail(error) }
        return true
    }

    /// Delivers a step's outputs. Returns the requests that a stop text ended: the engine still runs them.
    func process(_ outputs: EngineCoreOutputs) -> [RequestID] {
        state.withLock { state in
            state.stats = outputs.stats
            var stopped: [RequestID] = []
            for core in outputs.outputs {
                if let error = core.error {
                    state.requests.removeValue(forKey: core.id)?.collector.fail(error)
                    continue
                }
                guard let output = state.requests[core.id]?.process(core) else { continue }
                state.requests[core.id]?.collector.push(output)
                guard output.isFinished else { continue }
                state.requests[core.id] = nil
                if core.finishReason == nil { stopped.append(core.id) }
            }
            return stopped
        }
    }
}
