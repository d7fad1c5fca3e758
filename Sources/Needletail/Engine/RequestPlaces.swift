import EngineTypes
import Synchronization

/// A place for one running or waiting request, free again when nothing refers to it.
package final class RequestPlace: Sendable {
    private let onEnd: @Sendable () -> Void

    package init(onEnd: @escaping @Sendable () -> Void) { self.onEnd = onEnd }

    deinit { onEnd() }
}

/// Shares the places of the engine among callers. Each may hold half of what the others leave: half of all when alone,
/// a third beside an equally greedy one, so that a new caller finds some (dynamic thresholds, Choudhury and Hahne
/// 1998).
final class RequestPlaces: Sendable {
    /// The limit that a refused call exceeds; the raw value is the metric's `reason`.
    enum Limit: String, CaseIterable {
        case capacity = "max_num_queued_reqs"
        case share = "caller_share"
    }

    struct Refusal: Error {
        let limit: Limit
        let message: String
    }

    private struct State {
        var takenCount = 0
        var countByCaller: [Caller: Int] = [:]
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    /// Maximum number of places of a caller while other callers hold `others`.
    static func share(of capacity: Int, others: Int = 0) -> Int { max(1, (capacity - others) / 2) }

    /// Takes `count` places or none. Requests of this process (nil) are bounded by the capacity only.
    func take(_ count: Int, for caller: Caller?) throws(Refusal) -> [RequestPlace] {
        try state.withLock { state throws(Refusal) in
            guard count <= capacity - state.takenCount else {
                throw Refusal(
                    limit: .capacity,
                    message: "\(state.takenCount) of \(capacity) requests are running or waiting; try again later")
            }
            if let caller {
                let held = state.countByCaller[caller] ?? 0
                let share = Self.share(of: capacity, others: state.takenCount - held)
                guard held + count <= share else {
                    throw Refusal(
                        limit: .share,
                        message:
                            "\(held) requests of this caller are running or waiting; it may have \(share) at present, "
                            + "and \(count) more are too many: try again later")
                }
                state.countByCaller[caller] = held + count
            }
            state.takenCount += count
        }
        return (0..<count).map { _ in RequestPlace { [self] in free(caller) } }
    }

    private func free(_ caller: Caller?) {
        state.withLock { state in
            state.takenCount -= 1
            guard let caller, let held = state.countByCaller[caller] else { return }
            state.countByCaller[caller] = held == 1 ? nil : held - 1
        }
    }
}
