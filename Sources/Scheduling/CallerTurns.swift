internal import EngineTypes

/// Numbers the requests of each caller by rounds: the waiting run round after round, a request of each caller in each, so
/// that one who sends thousands delays another's first by one only. A caller who had nothing to wait for begins in the
/// round that runs: start-time fair queuing (Goyal, Vin and Cheng, 1996) in which requests are equal.
struct CallerTurns: Sendable {
    /// Priorities come before rounds, so each has its own.
    private struct Line: Hashable, Sendable {
        var caller: Caller?
        var priority: Int
    }

    private let policy: SchedulingPolicy
    private var current = 0
    private var lines: [Line: (lastRound: Int, waitingCount: Int)] = [:]

    init(policy: SchedulingPolicy) { self.policy = policy }

    /// Callers with requests that have not run.
    var callerCount: Int { lines.count }

    /// The round of a request that just came.
    mutating func join(_ request: EngineCoreRequest) -> Int {
        let line = line(of: request)
        var (lastRound, waitingCount) = lines[line] ?? (current - 1, 0)
        lastRound = max(lastRound + 1, current)
        waitingCount += 1
        lines[line] = (lastRound, waitingCount)
        return lastRound
    }

    /// A request runs for the first time.
    mutating func run(_ request: Request) {
        current = max(current, request.round)
        leave(request)
    }

    /// A request waits no more for its first step.
    mutating func leave(_ request: Request) {
        let line = line(of: request.core)
        lines[line]!.waitingCount -= 1
        if lines[line]!.waitingCount == 0 { lines[line] = nil }
    }

    private func line(of request: EngineCoreRequest) -> Line {
        Line(caller: request.caller, priority: policy == .priority ? request.priority : 0)
    }
}
