import EngineTypes
import Synchronization

/// A request that has not ended, on the output side: its state, under a lock of its own, and the collector of its
/// reader.
///
/// Exactly one of `process`, `abort` and `fail` ends it. `ended` is called under the lock, before the reader can know:
/// a reader that has seen the end finds the place of the request free, unless its call still holds it.
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

    /// Delivers the output of a step. Returns true if a stop string ended the request, which the engine still runs.
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

    /// Ends the request with the reason `abort` and the output so far.
    func abort(at time: Double) {
        state.withLock { state in
            guard !state.isEnded else { return }
            state.end()
            collector.push(state.request.abort(at: time, metrics))
        }
    }

    /// Ends the request with an error; false if it had ended already.
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
