import EngineTypes
import Synchronization

/// A search of many requests, one after the other, admitted as a whole: a pause that waits lets it come to its end, and one
/// that aborts ends it between two steps too.
package final class SearchTicket: Sendable {
    /// Pauses that had aborted when it was admitted.
    let abortCount: Int
    private let onEnd: @Sendable () -> Void

    package init(abortCount: Int, onEnd: @escaping @Sendable () -> Void) {
        self.abortCount = abortCount
        self.onEnd = onEnd
    }

    deinit { onEnd() }
}

/// Whom a paused engine keeps out. What it tells the engine changes together with what it says.
final class Admission: Sendable {
    private struct State {
        var isPaused = false
        /// Pauses and resumes so far: a pause that takes its time sees that another came after it.
        var changeCount = 0
        var abortCount = 0
        var searchCount = 0
    }

    private let state = Mutex(State())

    var isPaused: Bool { state.withLock { $0.isPaused } }

    var hasSearches: Bool { state.withLock { $0.searchCount > 0 } }

    /// Keeps requests out from now on, and tells the engine. Returns the pause's number.
    func pause(_ mode: PauseMode, _ tell: () -> Void) -> Int {
        state.withLock { state in
            state.isPaused = true
            state.changeCount += 1
            if mode == .abort { state.abortCount += 1 }
            tell()
            return state.changeCount
        }
    }

    func resume(_ tell: () -> Void) {
        state.withLock { state in
            state.isPaused = false
            state.changeCount += 1
            tell()
        }
    }

    /// Whether nobody has paused or resumed since that pause.
    func isCurrent(_ pause: Int) -> Bool { state.withLock { $0.changeCount == pause } }

    func ifCurrent(_ pause: Int, _ tell: () -> Void) {
        state.withLock { if $0.changeCount == pause { tell() } }
    }

    func admitSearch() throws(RequestError) -> SearchTicket {
        try state.withLock { state throws(RequestError) in
            guard !state.isPaused else { throw Self.pausedError }
            state.searchCount += 1
            return SearchTicket(abortCount: state.abortCount) { [self] in
                self.state.withLock { $0.searchCount -= 1 }
            }
        }
    }

    /// Throws where a pause keeps a request out: any but the steps of a search that it did not end.
    func check(_ search: SearchTicket?) throws(RequestError) {
        let isAdmitted = state.withLock { state in
            search.map { $0.abortCount == state.abortCount } ?? !state.isPaused
        }
        guard isAdmitted else { throw Self.pausedError }
    }

    private static let pausedError = RequestError(.overloaded, "the engine is paused; try again later")
}
