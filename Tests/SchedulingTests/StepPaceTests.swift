import EngineCore
import EngineTypes
import Scheduling
import Support
import Synchronization
import Testing

/// Steps with a simulated duration: a fixed part plus one per unit of work.
@Suite struct StepPaceTests {
    private static func learned(
        _ pace: StepPace = StepPace(target: 0.06), decoding: Int = 8, steps: Int = 30, fixed: Double = 0.01,
        perUnit: Double = 0.0005
    ) -> (pace: StepPace, limits: [Int], seconds: [Double]) {
        var (pace, limits, seconds) = (pace, [Int](), [Double]())
        for _ in 0..<steps {
            limits.append(pace.promptLimit(decodingCount: decoding))
            seconds.append(fixed + perUnit * Double(limits.last! + decoding))
            pace.record(
                StepWork(decodingCount: decoding, promptWork: limits.last!), seconds: seconds.last!)
        }
        return (pace, limits, seconds)
    }

    @Test(arguments: [0.0001, 0.0005, 0.002])
    func `steps come to last as long as wanted`(perUnit: Double) {
        let seconds = Self.learned(perUnit: perUnit).seconds
        #expect(abs(seconds.last! - 0.06) < 0.003)
        // The first step is a guess; no later one is much too long.
        #expect(seconds.dropFirst().allSatisfy { $0 < 0.07 })
    }

    @Test func `a prompt alone says what a step with streams may take`() {
        var pace = StepPace(target: 0.06)
        pace.record(StepWork(promptWork: 2048), seconds: 1.2)
        #expect((80...110).contains(pace.promptLimit(decodingCount: 8)))
    }

    @Test func `dearer tokens shrink the next step`() {
        let (pace, limits, _) = Self.learned()
        let dearer = Self.learned(pace, steps: 5, perUnit: 0.001)
        #expect(dearer.seconds[1] < 0.075 && dearer.limits[1] < limits.last! * 3 / 4)
        #expect(dearer.seconds.dropFirst(2).allSatisfy { $0 < 0.065 })
    }

    @Test func `a prompt gets as much as the streams however slow they are`() {
        let slow = Self.learned(decoding: 40, fixed: 0.2, perUnit: 0.01)
        #expect(slow.limits.last == 40)
        #expect(Self.learned(decoding: 1, fixed: 0.2, perUnit: 0.01).limits.last == StepPace.leastWork)
    }

    @Test func `prompts keep pace with streams in steps of twice the time at most`() {
        let learned = Self.learned(decoding: 16, fixed: 0, perUnit: 0.0022)
        #expect(learned.limits.last == 32 && learned.seconds.last! < 0.12)
        let slower = Self.learned(decoding: 16, fixed: 0, perUnit: 0.003)
        #expect((22...24).contains(slower.limits.last!) && slower.seconds.last! <= 0.12)
    }

    @Test func `one wrong measurement at most doubles a step and passes soon`() {
        var (pace, limits, _) = Self.learned()
        pace.record(StepWork(decodingCount: 8, promptWork: limits.last!), seconds: 1e-9)
        #expect(pace.promptLimit(decodingCount: 8) <= 2 * limits.last! + 10)
        pace = Self.learned().pace
        pace.record(StepWork(decodingCount: 8, promptWork: limits.last!), seconds: 30)
        #expect(pace.promptLimit(decodingCount: 8) == StepPace.leastWork)
        #expect(Self.learned(pace, steps: 6).limits.last! > limits.last! * 9 / 10)
    }

    @Test func `short ends of prompts say nothing of long chunks`() {
        var (pace, limits, _) = Self.learned()
        pace.record(StepWork(decodingCount: 8, promptWork: 2), seconds: 0.015)
        pace.record(StepWork(promptWork: 5), seconds: 0.012)
        pace.record(StepWork(decodingCount: 8), seconds: 0.5)
        #expect(abs(pace.promptLimit(decodingCount: 8) - limits.last!) <= 2)
    }

    @Test func `without a time there is no limit`() {
        var pace = StepPace(target: 0)
        pace.record(StepWork(decodingCount: 8, promptWork: 2048), seconds: 2)
        #expect(pace.promptLimit(decodingCount: 8) == .max)
    }

    /// The whole engine over a device of known speed: a long prompt beside streams, on a clock that only steps advance.
    @Test(arguments: [false, true])
    func `a long prompt does not hold streams up`(promptLogprobs: Bool) throws {
        let steps = try Self.run(maxStepSeconds: 0.06, promptLogprobs: promptLogprobs)
        // The prompt's tokens become more expensive towards its end, so a step may exceed the target by that increase.
        #expect(steps.mixed.allSatisfy { $0 < 0.075 }, "\(steps.mixed)")
        #expect(steps.mixed.dropFirst(5).dropLast().allSatisfy { $0 > 0.045 }, "\(steps.mixed)")
        let unlimited = try Self.run(maxStepSeconds: 0, promptLogprobs: promptLogprobs)
        #expect(unlimited.mixed.max()! > 0.7)
        // The limit costs the prompt no more than its share of the steps.
        #expect(steps.mixed.reduce(0, +) < 1.6 * unlimited.mixed.reduce(0, +))
    }

    @Test func `a prompt that is alone keeps whole chunks`() throws {
        var core = Self.core(maxStepSeconds: 0.06, FakeExecutor.Probe { work, _ in Double(work.promptWork) })
        core.add(makeRequest(1, prompt: 5000, maxTokens: 2))
        _ = try core.step()
        _ = try core.step()
        #expect(core.scheduler.stats.scheduledTokenCount == 4096)
    }

    private static func core(maxStepSeconds: Double, _ probe: FakeExecutor.Probe) -> EngineCore<FakeExecutor> {
        let kvCache = makeKVCache(blocks: 3000)
        return EngineCore(
            executor: FakeExecutor(kvCache, probe: probe),
            scheduler: makeConfiguration(
                budget: 2048, sequences: 16, maxModelLength: 8192, maxStepSeconds: maxStepSeconds),
            kvCache: kvCache, clock: { probe.seconds })
    }

    /// Returns the durations of the steps that a prompt of 3,000 tokens shares with eight streams.
    private static func run(maxStepSeconds: Double, promptLogprobs: Bool) throws -> (mixed: [Double], all: Int) {
        let probe = FakeExecutor.Probe { work, step in
            0.01 + 0.0005 * Double(work.promptWork + work.decodingCount) * (1 + Double(step) / 400)
        }
        var core = core(maxStepSeconds: maxStepSeconds, probe)
        for id in 1...8 { core.add(makeRequest(UInt64(id), prompt: 30, maxTokens: 4000)) }
        for _ in 0..<5 { _ = try core.step() }
        var long = makeRequest(9, prompt: 3000, maxTokens: 1)
        if promptLogprobs { long.sampling.promptLogprobs = 0 }
        core.add(long)
        var (mixed, all) = ([Double](), 0)
        while core.scheduler.runningIDs.contains(long.id) || core.scheduler.waitingIDs.contains(long.id) {
            let outputs = try core.step()
            #expect(outputs?.outputs.count { $0.id != long.id } == 8, "every stream gets its token")
            mixed.append(probe.counts.withLock { $0.lastSeconds })
            all += 1
        }
        return (mixed, all)
    }

    /// A prompt that is alone gets whole steps; while another engine of the process computes, steps follow the target
    /// time.
    @Test(arguments: [false, true])
    func `a prompt without streams is bounded beside another engine`(hasRival: Bool) throws {
        let lease = FairLease()
        let share = lease.join()
        let rival = lease.join()
        if hasRival { rival.hold {} }
        let probe = FakeExecutor.Probe()
        let cache = makeKVCache(blocks: 300)
        var core = EngineCore(
            executor: FakeExecutor(cache, probe: probe),
            scheduler: makeConfiguration(budget: 500, maxModelLength: 1000, maxStepSeconds: 0.05), kvCache: cache,
            share: share)
        core.add(makeRequest(1, prompt: 600, maxTokens: 1))
        _ = try core.step()
        #expect(probe.counts.withLock { $0.lastStep.promptWork } == (hasRival ? StepPace.firstWork : 500))
        withExtendedLifetime(rival) {}
    }
}
