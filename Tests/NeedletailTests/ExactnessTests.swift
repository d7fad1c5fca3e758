import EngineTypes
import Needletail
import Support
import TestSupport
import Testing

/// A request's tokens and log-probabilities are bit-identical regardless of its batch, the chunks of its prompt, prefix
/// hits, preemption and the number of threads.
@Suite(.serialized) struct ExactnessTests {
    /// A model and dtype for which exactness is tested.
    struct Setting: Sendable, CustomTestStringConvertible {
        let subject: Subject
        let dtype: EngineOptions.DType

        var testDescription: String { "\(subject.rawValue) \(dtype.rawValue)" }

        /// The default dtype is one of these two on every machine.
        static var all: [Setting] {
            Subject.available.flatMap { subject in
                [.float32, .bfloat16].map { Setting(subject: subject, dtype: $0) }
            }
        }

        func harness(_ change: (inout EngineOptions) -> Void = { _ in }) throws -> EngineHarness {
            try EngineHarness(#require(subject.path)) {
                $0.dtype = dtype
                $0.maxModelLength = 2048
                change(&$0)
            }
        }
    }

    /// Lengths around block and partition boundaries, and one of several chunks.
    static let lengths = [1, 15, 16, 17, 255, 256, 257, 1100]

    static func prompt(_ length: Int, seed: UInt64 = 7) -> [TokenID] {
        var random = SplitMix(seed: seed &+ UInt64(length))
        return (0..<length).map { _ in TokenID.random(in: 3..<250, using: &random) }
    }

    static let prompts = lengths.map { prompt($0) }

    static let outputLength = 20

    /// Half of the requests sample, half are greedy; all report log-probabilities.
    static func sampling(_ index: Int, promptLogprobs: Bool = true) -> SamplingParams {
        var sampling = SamplingParams(
            temperature: index % 2 == 0 ? 0 : 0.8, seed: Int64(index), maxTokens: outputLength)
        sampling.ignoreEOS = true
        sampling.logprobs = 3
        if promptLogprobs { sampling.promptLogprobs = 2 }
        return sampling
    }

    /// Returns the output of each prompt when it runs alone, without a prefix cache.
    static func alone(_ setting: Setting, seed: UInt64 = 7) async throws -> [RequestOutput] {
        try await References.shared.outputs(for: setting, seed: seed)
    }

    static func expectEqual(
        _ outputs: [RequestOutput], _ references: [RequestOutput], _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(outputs.count == references.count, sourceLocation: location)
        for (output, reference) in zip(outputs, references) {
            let length = reference.promptTokenIDs.count
            #expect(output.tokenIDs == reference.tokenIDs, "tokens at length \(length)", sourceLocation: location)
            let areLogprobsEqual = output.logprobs.bits == reference.logprobs.bits
            #expect(areLogprobsEqual, "logprobs at length \(length)", sourceLocation: location)
            if let own = output.promptLogprobs, let other = reference.promptLogprobs {
                let arePromptLogprobsEqual = own.compactMap { $0 }.bits == other.compactMap { $0 }.bits
                #expect(arePromptLogprobsEqual, "prompt logprobs at length \(length)", sourceLocation: location)
            }
        }
    }

    static func promptIndex(_ index: Int) -> Int {
        index < prompts.count ? index : index % (prompts.count - 1)
    }

    /// Runs all prompts at once, with copies of all but the longest to reach `count` requests.
    static func runAll(_ harness: EngineHarness, count: Int = lengths.count) async throws -> [RequestOutput] {
        let streams = try (0..<count).map { index in
            let own = promptIndex(index)
            return try harness.engine.generate(prompts[own], sampling(own))
        }
        var outputs: [RequestOutput] = []
        for stream in streams { outputs.append(try await stream.collect()) }
        return outputs
    }

    @Test(.enabled(if: Subject.available.contains(.smollm2), "\(RealModels.absence), or the kernels are scalar"))
    func `the default model takes part`() {
        #expect(Setting.all.contains { $0.subject == .smollm2 })
    }

    @Test(arguments: Setting.all, [8, 32])
    func `alone is the same as in a batch`(setting: Setting, batchSize: Int) async throws {
        // Uses whole chunks, so that all requests are admitted before the first ends on any machine.
        let harness = try setting.harness { $0.maxStepMilliseconds = 0 }
        let outputs = try await Self.runAll(harness, count: batchSize)
        let references = try await Self.alone(setting)
        Self.expectEqual(outputs, (0..<batchSize).map { references[Self.promptIndex($0)] })
        #expect(try await harness.idleStats().peakBatchSize >= batchSize / 2)
    }

    @Test(arguments: Setting.all, [16, 64, 512])
    func `a prompt in chunks is the same as whole`(setting: Setting, budget: Int) async throws {
        let harness = try setting.harness {
            $0.maxBatchedTokens = budget
            $0.maxSequences = min(budget, 16)
        }
        let outputs = try await Self.runAll(harness)
        Self.expectEqual(outputs, try await Self.alone(setting))
        let stats = try await harness.idleStats()
        #expect(stats.stepCount >= Self.lengths.reduce(0, +) / budget)
        #expect(stats.peakBatchSize > 1)
    }

    /// Prompts are computed, and cached ones scored, in chunks that depend on the duration of earlier steps.
    @Test(arguments: Setting.all, [1, 15])
    func `steps that follow a time are the same as whole ones`(setting: Setting, milliseconds: Int) async throws {
        let harness = try setting.harness { $0.maxStepMilliseconds = milliseconds }
        let references = try await Self.alone(setting)
        var sampling = SamplingParams.greedy(maxTokens: 1000)
        sampling.ignoreEOS = true
        let stream = try harness.engine.generate([5, 6, 7], sampling)
        var iterator = stream.makeAsyncIterator()
        _ = try await iterator.next()
        // In the second round most of each prompt is cached, together with its hidden states.
        for _ in 0..<2 { Self.expectEqual(try await Self.runAll(harness), references) }
        // The stream that makes the limit apply ran to its end.
        #expect(await harness.currentStats().runningCount == 1)
    }

    @Test(arguments: Setting.all, [true, false])
    func `a cached prefix is the same as a computed one`(setting: Setting, promptLogprobs: Bool) async throws {
        let harness = try setting.harness()
        let references = try await Self.alone(setting)
        for round in 0..<2 {
            for (index, prompt) in Self.prompts.enumerated() {
                let before = await harness.currentStats().scheduledTokenCount
                let output = try await harness.run(prompt, Self.sampling(index, promptLogprobs: promptLogprobs))
                Self.expectEqual([output], [references[index]])
                let cached = round == 0 ? 0 : (prompt.count - 1) / 16 * 16
                #expect(output.cachedTokenCount == cached, "at length \(prompt.count) in round \(round)")
                #expect((output.promptLogprobs != nil) == promptLogprobs)
                // Cached tokens are not computed again, and the last output token never is.
                let computed = try await harness.idleStats().scheduledTokenCount - before
                #expect(computed == prompt.count - cached + Self.outputLength - 1)
            }
        }
    }

    /// Two outputs of one prompt: the prompt is computed once, and each is what a request of that choice gives alone.
    @Test(arguments: Setting.all)
    func `a choice is the same as a request of its own`(setting: Setting) async throws {
        let harness = try setting.harness()
        let others = try setting.harness { $0.enablesPrefixCaching = false }
        let references = try await Self.alone(setting)
        var second = RequestMetadata()
        second.choiceIndex = 1
        var copyCount = 0
        for (index, prompt) in Self.prompts.enumerated() {
            let promptLogprobs = index / 2 % 2 == 1
            let sampling = Self.sampling(index, promptLogprobs: promptLogprobs)
            let before = await harness.currentStats().scheduledTokenCount
            let outputs = try await harness.runChoices(prompt, sampling, count: 2)
            let other = try await others.engine.generate(prompt, sampling, second).collect()
            Self.expectEqual(outputs, [references[index], other])
            let computed = try await harness.idleStats().scheduledTokenCount - before
            let again = computed - prompt.count - 2 * (Self.outputLength - 1)
            // Prompt log-probabilities need hidden states, which a partly filled block does not have. On a busy machine
            // the first request may also end before the second arrives, which then finds its full blocks.
            let tail = prompt.count - (prompt.count - 1) / 16 * 16
            #expect(again == tail || (again == 1 && !promptLogprobs), "\(again) at length \(prompt.count)")
            if again < tail { copyCount += 1 }
        }
        // A step of the fixture takes a tenth of a millisecond, so there the copy may never happen.
        #expect(copyCount > 0 || setting.subject == .fixture)
    }

    /// Two requests of equal length in a pool that holds both prompts but not both outputs: the second is preempted and
    /// recomputed.
    @Test(arguments: Setting.all, [true, false])
    func `a preempted request is the same as an undisturbed one`(setting: Setting, promptLogprobs: Bool) async throws {
        let references = (try await Self.alone(setting, seed: 7), try await Self.alone(setting, seed: 8))
        for (index, length) in Self.lengths.enumerated() {
            let blockCount = max(2 * ((length + 15) / 16), (length + Self.outputLength + 15) / 16)
            let harness = try setting.harness {
                $0.blockCountOverride = blockCount + 1  // One is the null block.
                $0.maxModelLength = length + Self.outputLength
            }
            let sampling = Self.sampling(index, promptLogprobs: promptLogprobs)
            var preemptionCount = 0
            // On a busy machine the first request may end before the second arrives.
            for _ in 0..<20 where preemptionCount == 0 {
                let first = try harness.engine.generate(Self.prompt(length, seed: 7), sampling)
                let second = try harness.engine.generate(Self.prompt(length, seed: 8), sampling)
                let outputs = [try await first.collect(), try await second.collect()]
                Self.expectEqual(outputs, [references.0[index], references.1[index]])
                preemptionCount = outputs[1].preemptionCount
            }
            #expect(preemptionCount > 0, "at length \(length)")
        }
    }

    @Test(arguments: Setting.all, [(1, 16), (2, 32)])
    func `threads and block sizes do not show`(setting: Setting, shape: (threads: Int, blockSize: Int)) async throws {
        let (threads, blockSize) = shape
        let harness = try setting.harness {
            $0.threadCount = threads
            $0.blockSize = blockSize
        }
        Self.expectEqual(try await Self.runAll(harness), try await Self.alone(setting))
        #expect(try await harness.idleStats().peakBatchSize > 1)
        #expect(harness.engine.info.threadCount == threads)
        // The length of a prefix hit reveals the block size.
        let cached = try await harness.run(Self.prompt(257), Self.sampling(0, promptLogprobs: false)).cachedTokenCount
        #expect(cached == 256)
        let shorter = try await harness.run(Self.prompt(256), Self.sampling(0, promptLogprobs: false)).cachedTokenCount
        #expect(shorter == 255 / blockSize * blockSize)
    }
}

/// Outputs of prompts that ran alone, computed once per setting.
private actor References {
    static let shared = References()
    private var outputs: [String: [RequestOutput]] = [:]

    func outputs(for setting: ExactnessTests.Setting, seed: UInt64) async throws -> [RequestOutput] {
        let key = "\(setting.testDescription) \(seed)"
        if let known = outputs[key] { return known }
        let harness = try setting.harness { $0.enablesPrefixCaching = false }
        var fresh: [RequestOutput] = []
        for (index, length) in ExactnessTests.lengths.enumerated() {
            fresh.append(
                try await harness.run(ExactnessTests.prompt(length, seed: seed), ExactnessTests.sampling(index)))
        }
        outputs[key] = fresh
        return fresh
    }
}
