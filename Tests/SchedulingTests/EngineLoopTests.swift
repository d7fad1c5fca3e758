import EngineCore
import EngineTypes
import Scheduling
import Support
import Synchronization
import TestSupport
import Testing

@Suite struct EngineLoopTests {
    /// An engine over a fake device, with everything that it published.
    private final class Engine: Sendable {
        struct Received: Sendable {
            var tokens: [RequestID: [TokenID]] = [:]
            var ends: [RequestID: [EngineCoreOutput]] = [:]
            var lastStats = SchedulerStats()
        }

        let probe = FakeExecutor.Probe()
        let loop: EngineLoop
        let publisher: Publisher

        /// The part that belongs to the engine's thread.
        final class Publisher: Sendable {
            let received = Mutex(Received())
            /// Called on the engine's thread when it publishes the engine's death.
            let whenDead = Mutex<(@Sendable () -> Void)?>(nil)

            func take(_ outputs: consuming EngineCoreOutputs) {
                if outputs.outputs.contains(where: { $0.error?.code == .engineDead }) { whenDead.withLock { $0 }?() }
                received.withLock { received in
                    for output in outputs.outputs {
                        received.tokens[output.id, default: []] += output.newTokenIDs
                        if output.finishReason != nil { received.ends[output.id, default: []].append(output) }
                    }
                    received.lastStats = outputs.stats
                }
            }
        }

        init(inboxCapacity: Int = 1000, blocks: Int = 60, sequences: Int = 8) {
            let publisher = Publisher()
            self.publisher = publisher
            let probe = self.probe
            loop = EngineLoop(
                inboxCapacity: inboxCapacity,
                makeCore: {
                    let kvCache = makeKVCache(Groups.hybrid, blocks: 10, growingTo: blocks)
                    return EngineCore(
                        executor: FakeExecutor(kvCache, probe: probe),
                        scheduler: makeConfiguration(sequences: sequences), kvCache: kvCache, checksInvariants: true)
                },
                publish: { publisher.take($0) })
        }

        var ends: [RequestID: [EngineCoreOutput]] { publisher.received.withLock { $0.ends } }
        var tokens: [RequestID: [TokenID]] { publisher.received.withLock { $0.tokens } }

        func waitForEnds(_ count: Int) async throws {
            for _ in 0..<4000 where ends.count < count { try await Task.sleep(for: .milliseconds(1)) }
            #expect(ends.count == count)
        }

        func stats() async -> SchedulerStats {
            await withCheckedContinuation { continuation in loop.stats { continuation.resume(returning: $0) } }
        }

        func stop() {
            loop.shutdown()
            loop.join()
        }
    }

    @Test func `an engine starts and stops`() {
        Engine().stop()
    }

    @Test func `a failed start is reported`() async {
        let error: (any Error)? = await withCheckedContinuation { continuation in
            let loop = EngineLoop(
                inboxCapacity: 1, makeCore: { () throws -> EngineCore<FakeExecutor> in throw DeviceError("no device") },
                started: { result in
                    if case .failure(let error) = result { continuation.resume(returning: error) }
                }, publish: { _ in })
            loop.join()
            #expect(throws: RequestError.self) { try loop.add(makeRequest(1)) }
        }
        #expect(error as? DeviceError == DeviceError("no device"))
    }

    @Test func `each request gets its tokens`() async throws {
        let engine = Engine()
        let requests = (1...5).map { makeRequest(UInt64($0), prompt: 5 * $0, maxTokens: 9) }
        for request in requests { try engine.loop.add(request) }
        try await engine.waitForEnds(5)
        for request in requests {
            #expect(engine.tokens[request.id] == FakeModel.run(request, maxModelLength: 200).tokens)
        }
        engine.stop()
    }

    @Test func `a full inbox refuses requests`() async throws {
        let engine = Engine(inboxCapacity: 2)
        engine.probe.isHeld.store(true, ordering: .releasing)
        try engine.loop.add(makeRequest(1))
        // The thread is held in its first step, so the inbox fills.
        var accepted = 1
        while accepted < 10, addIsAccepted(engine, UInt64(accepted + 1)) { accepted += 1 }
        #expect(accepted < 10)
        engine.probe.isHeld.store(false, ordering: .releasing)
        try await engine.waitForEnds(accepted)
        engine.stop()
    }

    private func addIsAccepted(_ engine: Engine, _ id: UInt64) -> Bool {
        do throws(RequestError) {
            try engine.loop.add(makeRequest(id))
            return true
        } catch {
            #expect(error.code == .overloaded)
            return false
        }
    }

    @Test func `an aborted request ends once`() async throws {
        let engine = Engine(sequences: 1)
        engine.probe.isHeld.store(true, ordering: .releasing)
        for id in 1...3 { try engine.loop.add(makeRequest(UInt64(id), maxTokens: 150)) }
        engine.loop.abort(ids(1, 2))
        engine.loop.abort(ids(2, 99))
        engine.probe.isHeld.store(false, ordering: .releasing)
        try await engine.waitForEnds(3)
        let ends = engine.ends
        #expect(ends[RequestID(1)]?.map(\.finishReason) == [.abort])
        #expect(ends[RequestID(2)]?.map(\.finishReason) == [.abort])
        #expect(ends[RequestID(3)]?.map(\.finishReason) == [.length])
        engine.stop()
    }

    @Test func `a request that cannot be served ends with its error`() async throws {
        let engine = Engine()
        try engine.loop.add(makeRequest(1, prompt: 900))
        try engine.loop.add(makeRequest(2))
        try await engine.waitForEnds(2)
        let ends = engine.ends
        #expect(ends[RequestID(1)]?[0].finishReason == .error)
        #expect(ends[RequestID(1)]?[0].error?.code == .contextLengthExceeded)
        #expect(ends[RequestID(2)]?[0].finishReason == .length)
        engine.stop()
    }

    @Test func `a device failure ends all requests and refuses new ones`() async throws {
        let engine = Engine(sequences: 2)
        engine.probe.failingStep.store(3, ordering: .relaxed)
        for id in 1...4 { try engine.loop.add(makeRequest(UInt64(id))) }
        try await engine.waitForEnds(4)
        try engine.loop.add(makeRequest(5))
        try await engine.waitForEnds(5)
        for (_, ends) in engine.ends {
            #expect(ends.map(\.finishReason) == [.error] && ends[0].error?.code == .engineDead)
        }
        engine.stop()
    }

    @Test func `a shutdown ends the remaining requests`() async throws {
        let engine = Engine()
        engine.probe.isHeld.store(true, ordering: .releasing)
        for id in 1...3 { try engine.loop.add(makeRequest(UInt64(id), maxTokens: 150)) }
        engine.loop.shutdown()
        try engine.loop.add(makeRequest(4))
        engine.probe.isHeld.store(false, ordering: .releasing)
        engine.loop.join()
        #expect(engine.ends.count == 4)
        for (_, ends) in engine.ends { #expect(ends.map { $0.error?.code } == [.engineDead]) }
        #expect(throws: RequestError.self) { try engine.loop.add(makeRequest(5)) }
    }

    /// Queries for statistics are answered even during the thread's last step or after it.
    @Test func `statistics are answered during the shutdown step`() async throws {
        let engine = Engine()
        engine.probe.isHeld.store(true, ordering: .releasing)
        try engine.loop.add(makeRequest(1, maxTokens: 150))
        while engine.probe.heldCount.load(ordering: .acquiring) == 0 { await Task.yield() }
        engine.loop.shutdown()
        let answered = Atomic<Int>(0)
        for _ in 0..<3 { engine.loop.stats { _ in answered.wrappingAdd(1, ordering: .relaxed) } }
        engine.probe.isHeld.store(false, ordering: .releasing)
        engine.loop.join()
        #expect(answered.load(ordering: .relaxed) == 3)
        #expect(!engine.loop.stats { _ in Issue.record("answered after the end") })
    }

    /// Sends a query that the thread no longer drains, because it arrives while the last step's outputs are published.
    @Test func `statistics are answered after the last step`() async throws {
        let engine = Engine()
        let stepCount = Atomic<Int>(-1)
        try engine.loop.add(makeRequest(1, maxTokens: 20))
        try await engine.waitForEnds(1)
        engine.publisher.whenDead.withLock { [loop = engine.loop] in
            $0 = { loop.stats { stepCount.store($0.stepCount, ordering: .relaxed) } }
        }
        try engine.loop.add(makeRequest(2, maxTokens: 150))
        engine.loop.shutdown()
        engine.loop.join()
        #expect(stepCount.load(ordering: .relaxed) >= 20)
    }

    @Test func `no step begins after shutdown was asked for`() async throws {
        let engine = Engine()
        engine.probe.isHeld.store(true, ordering: .releasing)
        try engine.loop.add(makeRequest(1, maxTokens: 150))
        while engine.probe.heldCount.load(ordering: .acquiring) == 0 { await Task.yield() }
        engine.loop.shutdown()
        engine.probe.isHeld.store(false, ordering: .releasing)
        engine.loop.join()
        #expect(engine.probe.counts.withLock { $0.steps } == 1)
        #expect(engine.ends[RequestID(1)]?.map { $0.error?.code } == [.engineDead])
    }

    @Test func `two hundred requests, half of them cancelled, leave nothing behind`() async throws {
        let engine = Engine()
        var random = SplitMix(seed: 7)
        for id in 1...200 {
            try engine.loop.add(makeRequest(UInt64(id), prompt: Int.random(in: 1...40, using: &random), maxTokens: 30))
            if id % 2 == 0 { engine.loop.abort([RequestID(UInt64.random(in: 1...UInt64(id), using: &random))]) }
        }
        try await engine.waitForEnds(200)
        #expect(engine.ends.values.allSatisfy { $0.count == 1 })
        let stats = await engine.stats()
        #expect(stats.runningCount == 0 && stats.waitingCount == 0 && stats.usedBlockCount == 0)
        engine.loop.resetPrefixCache()
        engine.stop()
    }
}
