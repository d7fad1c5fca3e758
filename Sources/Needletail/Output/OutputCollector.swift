import Synchronization

/// Carries the outputs of one request from the engine to its reader. Outputs that a slow reader has not taken are
/// merged into one, so that memory is bounded by the length of the output, not by the number of steps.
package final class OutputCollector: Sendable {
    private struct State {
        var pending: RequestOutput?
        var failure: RequestError?
        var isFinished = false
        var waiter: CheckedContinuation<Element?, Never>?
    }

    /// An output, or an error as the last element: asynchronous sequences of the standard library cannot end with a
    /// typed error.
    typealias Element = Result<RequestOutput, RequestError>

    private let state = Mutex(State())

    package init() {}

    package func push(_ output: RequestOutput) {
        deliver { state in
            if state.pending == nil { state.pending = output } else { state.pending?.append(output) }
            state.isFinished = output.isFinished
        }
    }

    package func fail(_ error: RequestError) {
        deliver { state in
            state.failure = error
            state.isFinished = true
        }
    }

    /// The next element, waiting for it; nil after the last. One reader at a time.
    func next() async -> Element? {
        await withCheckedContinuation { continuation in
            let element = state.withLock { state -> Element?? in
                if let element = Self.take(&state) { return .some(element) }
                if state.isFinished { return .some(nil) }
                precondition(state.waiter == nil, "two readers of one request")
                state.waiter = continuation
                return nil
            }
            if let element { continuation.resume(returning: element) }
        }
    }

    private func deliver(_ change: (inout State) -> Void) {
        let (waiter, element) = state.withLock { state -> (CheckedContinuation<Element?, Never>?, Element?) in
            // Nothing is delivered after the end of a request.
            guard !state.isFinished else { return (nil, nil) }
            change(&state)
            guard let waiter = state.waiter, let element = Self.take(&state) else { return (nil, nil) }
            state.waiter = nil
            return (waiter, element)
        }
        waiter?.resume(returning: element)
    }

    private static func take(_ state: inout State) -> Element? {
        if let output = state.pending {
            state.pending = nil
            return .success(output)
        }
        defer { state.failure = nil }
        return state.failure.map { .failure($0) }
    }
}
