import EngineTypes
import Synchronization

/// A request under way on the output side: its state, under a lock of its own, and its reader's collector.
///
/// Exactly one of `process`, `abort` and `fail` ends it. `ended` is called within the lock, before the reader can know:
/// a reader that got its end finds the request's place free, unless something else of its call holds it.
final class TrackedRequest: Sendable {
    let collector = OutputCollector()
    private let metrics: EngineMetrics
    private let state: Mutex<State>

    private struct State {
        var request: RequestState
        var places: [RequestPlace]
        var isEnded = false

        mutating func end() {
            isEnded = true
            places = []
        }
    }

    init(_ request: RequestState, places: [RequestPlace], metrics: EngineMetrics) {
        self.metrics = metrics
        state = Mutex(State(request: request, places: places))
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
            if output.isFinished {
                state.end()
                ended()
            }
            collector.push(output)
            return output.isFinished && core.finishReason == nil
        }
    }

    /// Ends the output as it stands.
    func abort(at time: Double) {
        state.withLock { state in
            guard !state.isEnded else { return }
            state.end()
            collector.push(state.request.abort(at: time, metrics))
        }
    }

    /// Ends the request with an error; false where it had ended already.
    @discardableResult
    func fail(_ error: RequestError, _ reason: FinishReason, at time: Double, ended: () -> Void = {}) -> Bool {
        state.withLock { state in
            guard !state.isEnded else { return false }
            state.end()
            ended()
            metrics.recordEnd(reason, at: time, state.request.timings)
            collector.fail(error)
            return true
        }
    }
}
