import EngineTypes
import Needletail
import TestSupport
import Testing

/// A request's tokens and log-probabilities are bit-identical whatever shares its batch, however its prompt was chunked,
/// whether its prefix was cached, whether it was preempted, and on any number of threads.
@Suite(.serialized) struct ExactnessTests {
    /// A model and a dtype to hold the promise for.
    struct Setting: Sendable, CustomTestStringConvertible {
        let subject: Subject
        let dtype: EngineOptions.DType

        var testDescription: String { "\(subject.rawValue) \(dtype.rawValue)" }

        /// The default dtype is one of the two on every machine.
        static var all: [Setting] {
            Subject.available.flatMap { subject in
                [.float32, .bfloat16].map { Setting(subject: subject, dtype: $0) }
            }
        }

        /// Prompt log-probabilities run the LM head over every position: the small vocabulary of the fixture can afford it.
        var checksPromptLogprobs: Bool { subject == .fixture }

        func harness(_ change: (inout EngineOptions) -> Void = { _ in }) throws -> EngineHarness {
            try EngineHarness(#require(subject.path)) {
                $0.dtype = dtype
                $0.maxModelLength = 2048
                change(&$0)
            }
        }
    }

    /// Around block and partition boundaries, and one of several chunks.
    static let lengths = [1, 15, 16, 17, 255, 256, 257, 1100]

    static func prompt(_ length: Int, seed: UInt64 = 7) -> [TokenID] {
        var random = SplitMix(seed: seed &+ UInt64(length))
        return (0..<length).map { _ in TokenID.random(in: 3..<250, using: &random) }
    }

    static let prompts = lengths.map { prompt($0) }

    /// Half of the prompts draw, half are greedy, all with log-probabilities.
    static func sampling(_ index: Int, promptLogprobs: Bool) -> SamplingParams {
        var sampling = SamplingParams(temperature: index % 2 == 0 ? 0 : 0.8, seed: Int64(index), maxTokens: 12)
        sampling.ignoreEOS = true
        sampling.logprobs = 3
        if promptLogprobs { sampling.promptLogprobs = 2 }
        return sampling
    }

    /// What each prompt gives alone, on an engine with nothing else and without a prefix cache.
    static func alone(_ setting: Setting) async throws -> [RequestOutput] {
        try await References.shared.outputs(for: setting)
    }

    static func expectEqual(
        _ outputs: [RequestOutput], _ references: [RequestOutput], _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(outputs.count == references.count, sourceLocation: location)
        for (output, reference) in zip(outputs, references) {
            let length = reference.promptTokenIDs.count
            #expect(output.tokenIDs == reference.tokenIDs, "tokens at length \(length)", sourceLocation: location)
            #expect(
                output.logprobs.bits == reference.logprobs.bits, "logprobs at length \(length)",
                sourceLocation: location)
            if let own = output.promptLogprobs, let other = reference.promptLogprobs {
                #expect(
                    own.compactMap { $0 }.bits == other.compactMap { $0 }.bits, "prompt logprobs at length \(length)",
                    sourceLocation: location)
            }
        }
    }

    /// Runs the prompts all at once, with copies up to `count` requests.
    static func runAll(
        _ setting: Setting, _ harness: EngineHarness, count: Int = lengths.count
    ) async throws -> [RequestOutput] {
        let streams = try (0..<count).map { index in
            let own = index % prompts.count
            let sampling = sampling(own, promptLogprobs: setting.checksPromptLogprobs)
            return try harness.engine.generate(prompts[own], sampling)
        }
        var outputs: [RequestOutput] = []
        for stream in streams { outputs.append(try await stream.collect()) }
        return outputs
    }

    @Test(.enabled(if: Subject.smollm2.path != nil, "\(RealModels.absence)"))
    func `the default model takes part`() {
        #expect(Setting.all.contains { $0.subject == .smollm2 })
    }

    @Test(arguments: Setting.all, [8, 32])
    func `alone is the same as in a batch`(setting: Setting, batchSize: Int) async throws {
        let harness = try setting.harness()
        let outputs = try await Self.runAll(setting, harness, count: batchSize)
        let references = try await Self.alone(setting)
        Self.expectEqual(outputs, (0..<batchSize).map { references[$0 % references.count] })
        #expect(try await harness.idleStats().peakBatchSize >= batchSize / 2)
    }

    @Test(arguments: Setting.all, [16, 64, 512])
    func `a prompt in chunks is the same as whole`(setting: Setting, budget: Int) async throws {
        let harness = try setting.harness {
            $0.maxBatchedTokens = budget
            $0.maxSequences = min(budget, 16)
        }
        let outputs = try await Self.runAll(setting, harness)
        Self.expectEqual(outputs, try await Self.alone(setting))
        let stats = try await harness.idleStats()
        #expect(stats.stepCount >= Self.lengths.reduce(0, +) / budget)
    }

    @Test(arguments: Setting.all)
    func `a cached prefix is the same as a computed one`(setting: Setting) async throws {
        let harness = try setting.harness()
        let references = try await Self.alone(setting)
        for round in 0..<2 {
            for (index, prompt) in Self.prompts.enumerated() {
                let output = try await harness.run(prompt, Self.sampling(index, promptLogprobs: false))
                Self.expectEqual([output], [references[index]])
                let cached = round == 0 ? 0 : (prompt.count - 1) / 16 * 16
                #expect(output.cachedTokenCount == cached, "at length \(prompt.count) in round \(round)")
            }
        }
    }

    @Test(arguments: Setting.all)
    func `a preempted request is the same as an undisturbed one`(setting: Setting) async throws {
        // 75 blocks hold the longest prompt with its output, and little besides.
        let harness = try setting.harness {
            $0.blockCountOverride = 75
            $0.maxModelLength = 1150
        }
        let sampling = (0..<12).map { index in
            var sampling = Self.sampling(index, promptLogprobs: false)
            sampling.maxTokens = 40
            return sampling
        }
        let prompts = (0..<12).map { Self.prompt(90 + $0) }
        let streams = try zip(prompts, sampling).map { try harness.engine.generate($0, $1) }
        var outputs: [RequestOutput] = []
        for stream in streams { outputs.append(try await stream.collect()) }
        #expect(try await harness.idleStats().preemptionCount > 0)
        let large = try setting.harness()
        for (index, output) in outputs.enumerated() {
            Self.expectEqual([output], [try await large.run(prompts[index], sampling[index])])
        }
        #expect(try await large.idleStats().preemptionCount == 0)
    }

    @Test(arguments: Setting.all)
    func `threads and block sizes do not show`(setting: Setting) async throws {
        let references = try await Self.alone(setting)
        let single = try setting.harness { $0.threadCount = 1 }
        Self.expectEqual(try await Self.runAll(setting, single), references)
        let double = try setting.harness {
            $0.threadCount = 2
            $0.blockSize = 32
        }
        Self.expectEqual(try await Self.runAll(setting, double), references)
    }
}

/// Outputs of prompts that ran alone, computed once a setting.
private actor References {
    static let shared = References()
    private var outputs: [String: [RequestOutput]] = [:]

    func outputs(for setting: ExactnessTests.Setting) async throws -> [RequestOutput] {
        if let known = outputs[setting.testDescription] { return known }
        let harness = try setting.harness { $0.enablesPrefixCaching = false }
        var fresh: [RequestOutput] = []
        for (index, prompt) in ExactnessTests.prompts.enumerated() {
            fresh.append(
                try await harness.run(
                    prompt, ExactnessTests.sampling(index, promptLogprobs: setting.checksPromptLogprobs)))
        }
        outputs[setting.testDescription] = fresh
        return fresh
    }
}
