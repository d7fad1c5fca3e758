import EngineTypes
import Needletail
import Support
import TestSupport
import Testing

/// Requests cancelled at any stage release everything they held.
@Suite(.serialized) struct CancellationTests {
    /// Runs 200 requests and cancels half of them: while they wait, during prefill or while they decode.
    private static func round(_ harness: EngineHarness, seed: UInt64) async throws -> (finished: Int, cancelled: Int) {
        var random = SplitMix(seed: seed)
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                let prompt = (0..<Int.random(in: 1...120, using: &random)).map { _ in
                    TokenID.random(in: 3..<380, using: &random)
                }
                let delay = Int.random(in: 0...60, using: &random)
                let outputsBefore = Int.random(in: 0...6, using: &random)
                group.addTask {
                    var sampling = SamplingParams.greedy(maxTokens: 30)
                    sampling.ignoreEOS = true
                    let stream = try harness.engine.generate(prompt, sampling)
                    guard index % 2 == 0 else { return try await stream.collect().isFinished }
                    if index % 4 == 0 {
                        // Cancels after a delay, at whatever stage the request is then.
                        try await Task.sleep(for: .milliseconds(delay))
                        return false
                    }
                    var iterator = stream.makeAsyncIterator()
                    for _ in 0..<outputsBefore { _ = try await iterator.next() }
                    return false
                }
            }
            var counts = (finished: 0, cancelled: 0)
            for try await finished in group {
                if finished { counts.finished += 1 } else { counts.cancelled += 1 }
            }
            return counts
        }
    }

    /// Runs in its own process, whose memory no other test touches.
    @Test func `cancelled requests leave nothing behind`() async {
        await #expect(processExitsWith: .success) { try await CancellationTests.identicalRounds() }
    }

    private static func identicalRounds() async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) {
            $0.maxSequences = 16
            $0.maxBatchedTokens = 64
        }
        var residentByteCounts: [Int] = []
        for number in 0..<6 {
            let counts = try await round(harness, seed: 11)
            #expect(counts == (100, 100))
            let stats = try await harness.idleStats()
            #expect(stats.runningCount == 0)
            #expect(stats.waitingCount == 0)
            #expect(stats.usedBlockCount == 0, "round \(number)")
            residentByteCounts.append(ProcessMemory.residentByteCount)
        }
        // All rounds are identical, so the memory allocated by the first ones must suffice for the last.
        let growth = residentByteCounts[5] - residentByteCounts[2]
        #expect(growth < 16 << 20, "\(residentByteCounts.map { $0 >> 20 }) MiB")
    }

    @Test func `a stream that outlives its engine ends with an error`() async throws {
        for _ in 0..<20 {
            let stream = try Self.streamOfAGoneEngine()
            await #expect(throws: RequestError.self) { try await stream.collect() }
        }
    }

    private static func streamOfAGoneEngine() throws -> RequestStream {
        var sampling = SamplingParams.greedy(maxTokens: 240)
        sampling.ignoreEOS = true
        return try EngineHarness(Fixtures.path("models/llama")).engine.generate([5, 6, 7], sampling)
    }

    @Test func `a cancelled task ends its request`() async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama"))
        let task = Task {
            var sampling = SamplingParams.greedy(maxTokens: 240)
            sampling.ignoreEOS = true
            return try await harness.run([5, 6, 7], sampling)
        }
        try await Task.sleep(for: .milliseconds(5))
        task.cancel()
        _ = await task.result
        #expect(try await harness.idleStats().usedBlockCount == 0)
    }
}

enum ProcessMemory {
    static var residentByteCount: Int {
        guard let bytes = try? Files.read("/proc/self/statm") else { return 0 }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        return (Int(fields[1]) ?? 0) * 4096
    }
}
