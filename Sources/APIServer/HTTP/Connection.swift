import Synchronization

/// A client connection as its requests see it: whether it is closed, and when it closes.
final class Connection: Sendable {
    private struct State {
        var isClosed = false
        var handler: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private static let count = Atomic<UInt64>(0)

    /// Unique among all connections of the process.
    let number = Connection.count.wrappingAdd(1, ordering: .relaxed).newValue

    /// Sets the handler to call once when the connection closes, at once if it already has. Replaces the previous one.
    func onClose(_ handler: (@Sendable () -> Void)?) {
        let isClosed = state.withLock { state in
            state.handler = handler
            return state.isClosed
        }
        if isClosed { handler?() }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func close() {
        let handler = state.withLock { state in
            state.isClosed = true
            defer { state.handler = nil }
            return state.handler
        }
        handler?()
    }
}
