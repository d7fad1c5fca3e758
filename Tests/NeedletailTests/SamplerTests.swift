import EngineTypes
import ModelRunner
import Needletail
import Support
import TestSupport
import Testing

/// Compares the distribution of the first token with the one that parameters imply for the model's log-probabilities.
@Suite struct SamplerTests {
    private static let prompt: [TokenID] = [5, 6, 7, 8]
    private static let drawCount = 2000

    /// The model's distribution of the next token at temperature 1.
    private static func distribution(_ harness: EngineHarness) async throws -> [Double] {
        var sampling = SamplingParams.greedy(maxTokens: 1)
        sampling.logprobs = -1
        let output = try await harness.run(prompt, sampling)
        var probabilities = Array(repeating: 0.0, count: harness.engine.info.vocabularySize)
        for item in try #require(output.logprobs.first).top {
            probabilities[Int(item.token)] = exponential(item.logprob)
        }
        return probabilities
    }

    private static func exponential(_ value: Float) -> Double { Math.exp(Double(value)) }

    private static func draws(_ harness: EngineHarness, _ sampling: SamplingParams) async throws -> [TokenID: Int] {
        let streams = try (0..<drawCount).map { index in
            var own = sampling
            own.seed = Int64(index)
            own.maxTokens = 1
            own.ignoreEOS = true
            return try harness.engine.generate(prompt, own)
        }
        var counts: [TokenID: Int] = [:]
        for stream in streams { counts[try await stream.collect().tokenIDs[0], default: 0] += 1 }
        return counts
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sampling: SamplingParams

        static let all = [
            Case(testDescription: "temperature 1", sampling: SamplingParams()),
            Case(testDescription: "temperature 2", sampling: SamplingParams(temperature: 2)),
            Case(testDescription: "temperature 0.5", sampling: SamplingParams(temperature: 0.5)),
            Case(testDescription: "top-k 5", sampling: SamplingParams(topK: 5)),
            Case(testDescription: "top-p 0.8", sampling: SamplingParams(topP: 0.8)),
            Case(
                testDescription: "top-p 0.999 of a flat distribution",
                sampling: SamplingParams(temperature: 2, topP: 0.999)),
            Case(testDescription: "min-p 0.2", sampling: SamplingParams(minP: 0.2)),
            Case(
                testDescription: "top-k 20, top-p 0.7 and temperature 1.5",
                sampling: SamplingParams(temperature: 1.5, topP: 0.7, topK: 20)),
            Case(testDescription: "top-p 0.9 and min-p 0.05", sampling: SamplingParams(topP: 0.9, minP: 0.05)),
        ]

        /// The definition in double precision: temperature, min-p, top-k and top-p, each applied to the result of the
        /// previous one.
        func expected(_ model: [Double]) -> [Double] {
            var weights = model.map { $0 > 0 ? Math.exp(Math.log($0) / Double(sampling.temperature)) : 0 }
            let maximum = weights.max() ?? 0
            weights = weights.map { $0 >= Double(sampling.minP) * maximum ? $0 : 0 }
            let order = weights.indices.sorted { weights[$0] > weights[$1] }
            let kept = sampling.topK > 0 ? order.prefix(sampling.topK) : order[...]
            let total = kept.reduce(0) { $0 + weights[$1] }
            var result = Array(repeating: 0.0, count: weights.count)
            var sum = 0.0
            for index in kept where sum < Double(sampling.topP) * total {
                result[index] = weights[index]
                sum += weights[index]
            }
            return result.map { $0 / sum }
        }
    }

    @Test(arguments: Case.all)
    func `draws follow the distribution`(item: Case) async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) { $0.maxLogprobs = -1 }
        let expected = item.expected(try await Self.distribution(harness))
        let counts = try await Self.draws(harness, item.sampling)
        Self.expectDistribution(counts, expected)
    }

    /// For parameters outside the case's definition, draws must follow the reported log-probabilities.
    @Test func `draws follow the processed log-probabilities`() async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) { $0.maxLogprobs = -1 }
        var sampling = SamplingParams(temperature: 1.2, topP: 0.95, minP: 0.001)
        sampling.repetitionPenalty = 1.5
        sampling.logitBias = [5: 1, 40: 2, 41: 2, 42: 1.5]
        sampling.badTokenSequences = [[41]]
        sampling.logitsProcessors = [.init(name: "typical_p", arguments: ["value": .number(0.9)])]
        var reporting = sampling
        (reporting.maxTokens, reporting.logprobs, reporting.logprobsMode) = (1, -1, .processedLogprobs)
        var expected = Array(repeating: 0.0, count: harness.engine.info.vocabularySize)
        for item in try #require(try await harness.run(Self.prompt, reporting).logprobs.first).top {
            expected[Int(item.token)] = Self.exponential(item.logprob)
        }
        #expect(expected.count(where: { $0 > 0 }) > 10 && expected[41] == 0)
        Self.expectDistribution(try await Self.draws(harness, sampling), expected)
    }

    /// Pearson's test.
    private static func expectDistribution(
        _ counts: [TokenID: Int], _ expected: [Double], _ location: SourceLocation = #_sourceLocation
    ) {
        for (token, count) in counts where expected[Int(token)] == 0 {
            Issue.record("token \(token) is cut off but was drawn \(count) times", sourceLocation: location)
        }
        // Pearson's statistic over tokens expected at least 5 times; the rest in one cell.
        var statistic = 0.0
        var cells = 0
        var rest = (expected: 0.0, found: 0.0)
        for (token, probability) in expected.enumerated() {
            let mean = probability * Double(drawCount)
            let found = Double(counts[TokenID(token)] ?? 0)
            guard mean >= 5 else {
                rest = (rest.expected + mean, rest.found + found)
                continue
            }
            statistic += (found - mean) * (found - mean) / mean
            cells += 1
        }
        if rest.expected >= 5 {
            statistic += (rest.found - rest.expected) * (rest.found - rest.expected) / rest.expected
            cells += 1
        }
        // Mean and standard deviation of chi-square. The seeds are fixed, so the outcome is always the same.
        let freedom = Double(max(cells - 1, 1))
        #expect(
            statistic < freedom + 4 * (2 * freedom).squareRoot(), "\(statistic) with \(freedom) degrees of freedom",
            sourceLocation: location)
    }

    @Test func `philox gives its published numbers`() {
        // Known answers of the Random123 distribution for philox4x32-10.
        #expect(
            CounterRandom(seed: 0).block(SIMD4(0, 0, 0, 0)) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
        )
        let ones = CounterRandom(seed: .max).block(SIMD4(repeating: .max))
        #expect(ones == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    }

    @Test func `log-probabilities are those of the raw logits`() async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) { $0.maxLogprobs = -1 }
        let model = try await Self.distribution(harness)
        #expect(abs(model.reduce(0, +) - 1) < 1e-4)
        var sampling = SamplingParams(temperature: 1.3, topK: 3, seed: 4, maxTokens: 1)
        sampling.logprobs = 2
        sampling.ignoreEOS = true
        let position = try #require(try await harness.run(Self.prompt, sampling).logprobs.first)
        let sorted = model.sorted(by: >)
        #expect(abs(Self.exponential(position.sampled.logprob) - model[Int(position.sampled.token)]) < 1e-5)
        #expect(abs(Self.exponential(position.top[0].logprob) - sorted[0]) < 1e-5)
        #expect(position.sampled.rank == sorted.firstIndex { $0 <= model[Int(position.sampled.token)] }! + 1)
        #expect(position.top.count == 2)
    }
}
