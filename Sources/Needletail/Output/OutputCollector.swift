import Synchronization

/// Carries one request's outputs from the engine to its reader. What a slow reader has not taken is merged into one
/// element, so that the memory a request holds is bounded by its output, never by the number of steps.
package final class OutputCollector: Sendable {
    private struct State {
        var pending: RequestOutput?
        var failure: RequestError?
        var isFinished = false
        var waiter: CheckedContinuation<Element?, Never>?
    }

    /// Typed errors cannot end an asynchronous sequence of the standard library: an error is a last element.
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

    /// The next element; nil after the last. One reader at a time.
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
            // A request that has failed or finished says nothing more.
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
