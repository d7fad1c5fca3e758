internal import EngineTypes

/// Assigns each caller's requests to rounds. Each round admits one request per caller, so thousands of requests from
/// one caller delay another's first by only one. A caller with nothing waiting joins the current round: start-time fair
/// queuing (Goyal, Vin and Cheng, 1996) with equal requests.
struct CallerTurns: Sendable {
    /// Rounds are counted per priority, because priority comes before the round.
    private struct Line: Hashable, Sendable {
        var caller: Caller?
        var priority: Int
    }

    private let policy: SchedulingPolicy
    private var current = 0
    private var lines: [Line: (lastRound: Int, waitingCount: Int)] = [:]

    init(policy: SchedulingPolicy) { self.policy = policy }

    /// Number of callers with requests that have not yet run.
    var callerCount: Int { lines.count }

    /// Returns the round of a newly arrived request.
    mutating func join(_ request: EngineCoreRequest) -> Int {
        let line = line(of: request)
        var (lastRound, waitingCount) = lines[line] ?? (current - 1, 0)
        lastRound = max(lastRound + 1, current)
        waitingCount += 1
        lines[line] = (lastRound, waitingCount)
        return lastRound
    }

    /// Records that a request runs for the first time.
    mutating func run(_ request: Request) {
        current = max(current, request.round)
        leave(request)
    }

    /// Records that a request no longer waits for its first step.
    mutating func leave(_ request: Request) {
        let line = line(of: request.core)
        lines[line]!.waitingCount -= 1
        if lines[line]!.waitingCount == 0 { lines[line] = nil }
    }

    private func line(of request: EngineCoreRequest) -> Line {
        Line(caller: request.caller, priority: policy == .priority ? request.priority : 0)
    }
}
