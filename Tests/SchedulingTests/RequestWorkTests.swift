import EngineTypes
import Scheduling
import Testing

/// Requests that pool, that wait for something besides their turn, with parts that one step must compute, or with an
/// encoder's tokens; the random traces mix them with all else.
@Suite struct RequestWorkTests {
    private static func pooling(_ id: UInt64, prompt: Int) -> EngineCoreRequest {
        var request = makeRequest(id, prompt: prompt)
        request.work = .pool(PoolingParams())
        return request
    }

    @Test func `a request that pools ends with its prompt, which may fill the context`() throws {
        var scheduler = makeScheduler(budget: 16, maxModelLength: 20)
        try scheduler.add(Self.pooling(1, prompt: 20))
        #expect(throws: RequestError.self) { try scheduler.add(Self.pooling(2, prompt: 21)) }
        #expect(throws: RequestError.self) { try scheduler.add(makeRequest(3, prompt: 20)) }
        #expect(scheduler.schedule().scheduled == [RequestID(1): 16])
        #expect(scheduler.update(from: ModelRunnerOutput()).isEmpty)
        #expect(scheduler.schedule().scheduled == [RequestID(1): 4])
        var computed = ModelRunnerOutput()
        computed.pooled = [PooledPrompt(id: RequestID(1), vector: .success([1, 2]))]
        let outputs = scheduler.update(from: computed)
        #expect(outputs.map(\.pooled) == [[1, 2]] && outputs.map(\.finishReason) == [.stop])
        scheduler.checkIdle()
    }

    @Test func `a prompt that cannot be pooled ends its request with the error`() throws {
        var scheduler = makeScheduler()
        try scheduler.add(Self.pooling(1, prompt: 4))
        _ = scheduler.schedule()
        var computed = ModelRunnerOutput()
        let error = RequestError(.modelFailure, "not finite")
        computed.pooled = [PooledPrompt(id: RequestID(1), vector: .failure(error))]
        let outputs = scheduler.update(from: computed)
        #expect(outputs.map(\.finishReason) == [.error] && outputs[0].error == error && outputs[0].pooled == nil)
        scheduler.checkIdle()
    }

    @Test func `a request that is not ready is overtaken until it is`() throws {
        var scheduler = makeScheduler()
        var first = makeRequest(1)
        first.isReady = false
        try scheduler.add(first)
        #expect(scheduler.hasUnfinishedRequests && !scheduler.hasRunnableRequests)
        try scheduler.add(makeRequest(2))
        #expect(scheduler.run().plan.scheduled.keys.sorted() == [RequestID(2)])
        scheduler.makeReady(RequestID(1))
        scheduler.makeReady(RequestID(9))
        #expect(scheduler.run().plan.scheduled.keys.sorted() == [RequestID(1), RequestID(2)])
    }

    @Test func `no chunk ends inside a range that a step must compute`() throws {
        var scheduler = makeScheduler(budget: 12, sequences: 2)
        var request = makeRequest(1, prompt: 30)
        request.keepWhole([8..<16, 20..<30])
        try scheduler.add(request)
        let chunks = (0..<4).map { _ in scheduler.run().plan.scheduled[RequestID(1)] }
        #expect(chunks == [8, 12, 10, 1])
    }

    /// A range may exceed what bounds a step's duration, or it might never be computed.
    @Test func `a range ignores the limits on a step's duration`() throws {
        var scheduler = makeScheduler(budget: 32, sequences: 4, threshold: 4)
        var request = makeRequest(1, prompt: 20)
        request.keepWhole([4..<20])
        try scheduler.addAll(request, makeRequest(2, prompt: 2))
        #expect(scheduler.run(promptLimit: 5).plan.scheduled == [RequestID(1): 1, RequestID(2): 1])
        #expect(scheduler.run().plan.scheduled[RequestID(1)] == 3)
        #expect(scheduler.run(promptLimit: 5).plan.scheduled[RequestID(1)] == 16)
    }

    @Test func `a range that does not fit waits for the next step`() throws {
        var scheduler = makeScheduler(budget: 20, sequences: 2)
        var request = makeRequest(2, prompt: 18)
        request.keepWhole([0..<18])
        try scheduler.addAll(makeRequest(1, prompt: 5), request)
        #expect(scheduler.run().plan.scheduled == [RequestID(1): 5])
        #expect(scheduler.run().plan.scheduled == [RequestID(1): 1, RequestID(2): 18])
    }

    @Test func `ranges that no step can compute are refused`() throws {
        var scheduler = makeScheduler(budget: 20, sequences: 4)
        for ranges in [[0..<17], [4..<8, 6..<10], [28..<31]] {
            var request = makeRequest(1, prompt: 30)
            request.keepWhole(ranges)
            #expect(throws: RequestError.self) { try scheduler.add(request) }
        }
        var withStates = makeScheduler(Groups.state)
        var request = makeRequest(1, prompt: 30)
        request.keepWhole([0..<4])
        #expect(throws: RequestError.self) { try withStates.add(request) }
    }

    @Test func `an encoder's tokens take their blocks once`() throws {
        var scheduler = makeScheduler(Groups.cross)
        var request = makeRequest(1, prompt: 8, maxTokens: 9)
        request.encoderTokenCount = 9
        try scheduler.add(request)
        let first = scheduler.run().plan.newRequests[0]
        #expect(first.encoderTokenCount == 9 && first.blockTables.map(\.count) == [2, 3])
        for _ in 0..<4 { scheduler.run() }
        #expect(scheduler.kvCache.table(slot: 0, group: 1).blocks.count == 3)
        request.encoderTokenCount = 11
        request.id = RequestID(2)
        #expect(throws: RequestError.self) { try scheduler.add(request) }
        _ = scheduler.runToEnd()
        scheduler.checkIdle()
    }
}
