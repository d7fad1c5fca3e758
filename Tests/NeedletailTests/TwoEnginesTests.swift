import EngineTypes
import Needletail
import Support
import Synchronization
import Testing

/// Two engines in one process share its threads step by step.
@Suite struct TwoEnginesTests {
    /// A stream of one engine runs beside prompts of another: both continue, and outputs do not change. With
    /// NEEDLETAIL_MEASURE, prints the gaps between the stream's tokens, alone and together.
    @Test(arguments: Subject.available)
    func `a stream goes on beside another engine's prompts`(subject: Subject) async throws {
        let path = try #require(subject.path)
        let runtime = ComputeRuntime()
        let streaming = try EngineHarness(path, runtime: runtime)
        let prefilling = try EngineHarness(path, runtime: runtime) { $0.enablesPrefixCaching = false }
        let sampling = SamplingParams.greedy(maxTokens: 100).ignoringEnd
        let prompt = Self.prompt(16, seed: 1)
        let alone = try await Self.stream(streaming, prompt, sampling)
        let isDone = Atomic(false)
        let prompts = Task {
            var count = 0
            while !isDone.load(ordering: .relaxed) {
                _ = try await prefilling.run(Self.prompt(1500, seed: count), .greedy(maxTokens: 1).ignoringEnd)
                count += 1
            }
            return count
        }
        let together = try await Self.stream(streaming, prompt, sampling)
        isDone.store(true, ordering: .relaxed)
        let count = try await prompts.value
        #expect(count > 0)
        #expect(together.tokens == alone.tokens)
        if EnvironmentVariable.value("NEEDLETAIL_MEASURE") != nil {
            print("\(subject): alone \(alone.summary), beside \(count) prompts \(together.summary)")
        }
    }

    private struct Run {
        var tokens: [TokenID] = []
        /// Seconds between tokens, in ascending order.
        var gaps: [Double] = []

        var summary: String {
            func milliseconds(_ share: Double) -> Int { Int(gaps[Int(Double(gaps.count - 1) * share)] * 1000) }
            return "p50 \(milliseconds(0.5)) ms, p99 \(milliseconds(0.99)) ms, largest \(milliseconds(1)) ms"
        }
    }

    private static func stream(
        _ harness: EngineHarness, _ prompt: [TokenID], _ sampling: SamplingParams
    ) async throws -> Run {
        var run = Run()
        var last: Double?
        for try await output in try harness.engine.generate(prompt, sampling) {
            let now = MonotonicClock.seconds
            if let last { run.gaps.append(now - last) }
            last = now
            run.tokens += output.tokenIDs
        }
        run.gaps.sort()
        return run
    }

    private static func prompt(_ count: Int, seed: Int) -> [TokenID] {
        (0..<count).map { TokenID(10 + ($0 * 37 + seed * 101) % 300) }
    }
}

extension SamplingParams {
    fileprivate var ignoringEnd: SamplingParams {
        var sampling = self
        sampling.ignoreEOS = true
        return sampling
    }
}
