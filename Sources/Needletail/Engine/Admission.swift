import EngineTypes
import Synchronization

/// The admission of some of a caller's requests, which hold their places until the last copy of the ticket is gone.
package struct AdmissionTicket: Sendable {
    package private(set) var places: [RequestPlace]
    /// Set for the steps of a beam search.
    package let search: SearchTicket?

    package init(places: [RequestPlace], search: SearchTicket? = nil) {
        self.places = places
        self.search = search
    }

    /// Splits off a ticket for `count` of the requests.
    package mutating func split(_ count: Int) -> AdmissionTicket {
        defer { places.removeLast(count) }
        return AdmissionTicket(places: places.suffix(count), search: search)
    }
}

/// The admission of a beam search, whose requests run one after the other: a pause that waits lets the search finish;
/// one that aborts ends it, even between two steps.
package final class SearchTicket: Sendable {
    /// Number of aborting pauses before the search was admitted.
    let abortCount: Int
    private let onEnd: @Sendable () -> Void

    package init(abortCount: Int, onEnd: @escaping @Sendable () -> Void) {
        self.abortCount = abortCount
        self.onEnd = onEnd
    }

    deinit { onEnd() }
}

/// Decides what a paused engine admits. Tells the engine under the same lock that changes the state.
final class Admission: Sendable {
    private struct State {
        var isPaused = false
        /// Number of pauses and resumes so far, by which a pause that waits notices a later one.
        var changeCount = 0
        var abortCount = 0
        var searchCount = 0
    }

    private let state = Mutex(State())

    var isPaused: Bool { state.withLock { $0.isPaused } }

    var hasSearches: Bool { state.withLock { $0.searchCount > 0 } }

    /// Admits no requests from now on, and tells the engine. Returns the pause's number.
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

    /// Whether no other pause and no resume came after `pause`.
    func isCurrent(_ pause: Int) -> Bool { state.withLock { $0.changeCount == pause } }

    /// Tells the engine only if no other pause and no resume came after `pause`.
    func ifCurrent(_ pause: Int, _ tell: () -> Void) {
        state.withLock { if $0.changeCount == pause { tell() } }
    }

    /// Admits a search for the lifetime of its ticket. Throws while the engine is paused.
    func admitSearch() throws(RequestError) -> SearchTicket {
        try state.withLock { state throws(RequestError) in
            guard !state.isPaused else { throw Self.pausedError }
            state.searchCount += 1
            return SearchTicket(abortCount: state.abortCount) { [self] in
                self.state.withLock { $0.searchCount -= 1 }
            }
        }
    }

    /// Throws if a pause keeps a request out. Steps of an admitted search pass until a later pause aborts it.
    func check(_ search: SearchTicket?) throws(RequestError) {
        let isAdmitted = state.withLock { state in
            search.map { $0.abortCount == state.abortCount } ?? !state.isPaused
        }
        guard isAdmitted else { throw Self.pausedError }
    }

    private static let pausedError = RequestError(.overloaded, "the engine is paused; try again later")
}
