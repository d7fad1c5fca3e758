import EngineTypes
import Scheduling
import Testing

/// Waiting requests of several callers run in turns.
@Suite struct CallerTurnsTests {
    private static func request(_ id: UInt64, of caller: UInt64?, priority: Int = 0) -> EngineCoreRequest {
        var request = makeRequest(id, prompt: 4, maxTokens: 1, priority: priority)
        request.caller = caller.map(Caller.connection)
        return request
    }

    /// One request runs at a time, so they end in the order in which they run.
    private static func order(_ requests: [EngineCoreRequest], policy: SchedulingPolicy = .fcfs) throws -> [UInt64] {
        var scheduler = makeScheduler(sequences: 1, policy: policy)
        for request in requests { try scheduler.add(request) }
        return scheduler.runToEnd().map(\.id.rawValue)
    }

    @Test func `a caller with many requests delays another by one request`() throws {
        let many = (1...6).map { Self.request(UInt64($0), of: 1) }
        #expect(try Self.order(many + [Self.request(7, of: 2), Self.request(8, of: 3)]) == [1, 7, 8, 2, 3, 4, 5, 6])
        #expect(
            try Self.order(many + [Self.request(7, of: nil), Self.request(8, of: nil)]) == [1, 7, 2, 8, 3, 4, 5, 6])
    }

    @Test func `a caller that arrives later joins the current round`() throws {
        var scheduler = makeScheduler(sequences: 1)
        for id in 1...6 { try scheduler.add(Self.request(UInt64(id), of: 1)) }
        for _ in 0..<3 { scheduler.run() }
        try scheduler.addAll(Self.request(7, of: 2), Self.request(8, of: 2))
        #expect(scheduler.runToEnd().map(\.id) == ids(7, 4, 8, 5, 6))
    }

    @Test func `callers take turns within a priority`() throws {
        let requests = [
            Self.request(1, of: 1, priority: 1), Self.request(2, of: 1, priority: 1),
            Self.request(3, of: 1), Self.request(4, of: 1), Self.request(5, of: 2), Self.request(6, of: 2, priority: 1),
        ]
        #expect(try Self.order(requests, policy: .priority) == [3, 5, 4, 1, 6, 2])
        // First come, first served ignores priorities.
        #expect(try Self.order(requests) == [1, 5, 2, 6, 3, 4])
    }

    @Test func `the requests of one caller are served in order of arrival`() throws {
        #expect(try Self.order((1...5).map { Self.request(UInt64($0), of: 1) }) == [1, 2, 3, 4, 5])
    }

    @Test func `aborted requests take no turns`() throws {
        var scheduler = makeScheduler(sequences: 1)
        for id in 1...4 { try scheduler.add(Self.request(UInt64(id), of: 1)) }
        try scheduler.add(Self.request(5, of: 2))
        scheduler.run()
        for id in [UInt64(2), 3, 4, 5] { _ = scheduler.abort(RequestID(id)) }
        scheduler.checkInvariants()
        // Neither caller has anything waiting, so neither waits for the turns of its aborted requests.
        try scheduler.addAll(Self.request(6, of: 2), Self.request(7, of: 1))
        #expect(scheduler.runToEnd().map(\.id) == ids(6, 7))
    }
}
