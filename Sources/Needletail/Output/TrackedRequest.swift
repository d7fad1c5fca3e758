import EngineTypes
import Synchronization

/// A request under way on the output side: its state, under a lock of its own, and its reader's collector.
///
/// Exactly one of `process`, `abort` and `fail` ends it. `ended` is called within the lock, before the reader can know:
/// a reader that got its end finds the request's place free.
final class TrackedRequest: Sendable {
    let collector = OutputCollector()
    private let metrics: EngineMetrics
    private let state: Mutex<(request: RequestState, isEnded: Bool)>

    init(_ request: RequestState, metrics: EngineMetrics) {
        self.metrics = metrics
        state = Mutex((request, false))
    }

    /// Delivers what a step brought. Returns true where a stop text ended the request: the engine still runs it.
    func process(_ core: EngineCoreOutput, at time: Double, ended: () -> Void) -> Bool {
        if let error = core.error {
            fail(error, .error, at: time, ended: ended)
            return false
        }
        return state.withLock { state in
            guard !state.isEnded else { return false }
            let output = state.request.process(core, at: time, metrics)
            state.isEnded = output.isFinished
            if output.isFinished { ended() }
            collector.push(output)
            return output.isFinished && core.finishReason == nil
        }
    }

    /// Ends the output as it stands.
    func abort(at time: Double) {
        state.withLock { state in
            guard !state.isEnded else { return }
            state.isEnded = true
            collector.push(state.request.abort(at: time, metrics))
        }
    }

    /// Ends the request with an error; false where it had ended already.
    @discardableResult
    func fail(_ error: RequestError, _ reason: FinishReason, at time: Double, ended: () -> Void = {}) -> Bool {
        state.withLock { state in
            guard !state.isEnded else { return false }
            state.isEnded = true
            ended()
            metrics.recordEnd(reason, at: time, state.request.timings)
            collector.fail(error)
            return true
        }
    }
}
