import EngineTypes
import Needletail
import Support
import TestSupport
import Testing

/// Compares the effect of parameters on the logits with plain implementations, bit for bit, over whole outputs.
@Suite struct ProcessedLogitsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sampling: SamplingParams

        init(_ name: String, temperature: Float = 1, _ change: (inout SamplingParams) -> Void) {
            testDescription = name
            var sampling = SamplingParams(temperature: temperature, seed: 11, maxTokens: 24)
            change(&sampling)
            self.sampling = sampling
        }

        static let all = [
            Case("nothing") { _ in },
            Case("greedy", temperature: 0) { $0.frequencyPenalty = 1 },
            Case("temperature 0.7", temperature: 0.7) { _ in },
            Case("a temperature that counts as 0.01", temperature: 0.003) { _ in },
            Case("presence") { $0.presencePenalty = 1.5 },
            Case("frequency") { $0.frequencyPenalty = 0.7 },
            Case("negative frequency") { $0.frequencyPenalty = -2 },
            Case("repetition") { $0.repetitionPenalty = 1.3 },
            Case("repetition below 1") { $0.repetitionPenalty = 0.8 },
            Case("all penalties", temperature: 1.4) {
                $0.presencePenalty = -0.5
                $0.frequencyPenalty = 0.3
                $0.repetitionPenalty = 1.1
            },
            Case("bias") { $0.logitBias = [5: 3.5, 300: -100, 17: 0.25] },
            Case("allowed tokens") { $0.allowedTokenIDs = [3, 40, 41, 42, 200] },
            Case("bad words") { $0.badTokenSequences = [[7], [40, 41], [3, 4, 5]] },
            Case("bad words among few") {
                $0.allowedTokenIDs = [40, 41, 42]
                $0.badTokenSequences = [[40, 41], [41, 41, 42]]
            },
            Case("minimum length") {
                $0.minTokens = 12
                $0.stopTokenIDs = [9, 10]
            },
            Case("top-k", temperature: 1.2) { $0.topK = 7 },
            Case("min-p", temperature: 0.9) { $0.minP = 0.1 },
            Case("top-p") { $0.topP = 0.6 },
            Case("top-p of a flat distribution", temperature: 2) { $0.topP = 0.9999 },
            Case("top-k of most tokens", temperature: 2) { $0.topK = 300 },
            Case("a bias for every token") {
                $0.logitBias = Dictionary(uniqueKeysWithValues: (0..<384).map { ($0, Float($0 % 7) / 4) })
            },
            Case("everything", temperature: 1.1) {
                $0.presencePenalty = 0.4
                $0.repetitionPenalty = 1.2
                $0.logitBias = [8: 2]
                $0.topK = 30
                $0.topP = 0.9
                $0.minP = 0.02
            },
        ]
    }

    private static let prompt: [TokenID] = [5, 6, 7, 8, 40, 5]

    @Test(arguments: Case.all)
    func `processed logits are those of the definition`(item: Case) async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) { $0.maxLogprobs = -1 }
        let eos = harness.engine.input.eosTokenIDs
        let processed = try await harness.run(Self.prompt, Self.reporting(item.sampling, .processedLogits))
        #expect(!processed.tokenIDs.isEmpty)
        for (index, position) in processed.logprobs.enumerated() {
            let history = Self.prompt + processed.tokenIDs.prefix(index)
            var raw = SamplingParams.greedy(maxTokens: 1)
            raw.ignoreEOS = true
            let model = try await harness.run(history, Self.reporting(raw, .rawLogits)).logprobs[0].logits
            let expected = Reference(sampling: item.sampling, promptTokenCount: Self.prompt.count, eosTokenIDs: eos)
                .logits(model, history: history)
            let found = position.logits
            #expect(found.map(\.bitPattern) == expected.map(\.bitPattern), "token \(index)")
            #expect(expected[Int(processed.tokenIDs[index])].isFinite)
        }
    }

    @Test(arguments: Case.all)
    func `the mode of log-probabilities does not show in the output`(item: Case) async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) { $0.maxLogprobs = -1 }
        let plain = try await harness.run(Self.prompt, item.sampling)
        for mode in LogprobsMode.allCases {
            var sampling = item.sampling
            sampling.logprobs = 2
            sampling.logprobsMode = mode
            let output = try await harness.run(Self.prompt, sampling)
            #expect(output.tokenIDs == plain.tokenIDs, "\(mode)")
            #expect(output.logprobs.count == plain.tokenIDs.count)
        }
    }

    @Test func `processed log-probabilities sum to one and rank the candidates`() async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) { $0.maxLogprobs = -1 }
        var sampling = SamplingParams(temperature: 1.5, topK: 4, seed: 3, maxTokens: 8)
        sampling.ignoreEOS = true
        for position in try await harness.run(Self.prompt, Self.reporting(sampling, .processedLogprobs)).logprobs {
            let probabilities = position.logits.map { Math.exp(Double($0)) }
            #expect(abs(probabilities.reduce(0, +) - 1) < 1e-5)
            #expect(probabilities.count(where: { $0 > 0 }) == 4)
            #expect((1...4).contains(position.sampled.rank))
        }
    }

    @Test func `chosen tokens' log-probabilities in place of the most likely`() async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) { $0.maxLogprobs = -1 }
        var sampling = SamplingParams.greedy(maxTokens: 3)
        sampling.ignoreEOS = true
        sampling.logprobs = -1
        let all = try await harness.run(Self.prompt, sampling).logprobs
        sampling.logprobs = 3
        sampling.logprobTokenIDs = [300, 0, 41]
        let some = try await harness.run(Self.prompt, sampling).logprobs
        for (all, some) in zip(all, some) {
            #expect(some.sampled == all.sampled)
            #expect(some.top.map(\.token) == [300, 0, 41])
            for item in some.top { #expect(all.top.contains(item)) }
        }
    }

    private static func reporting(_ sampling: SamplingParams, _ mode: LogprobsMode) -> SamplingParams {
        var sampling = sampling
        sampling.logprobs = -1
        sampling.logprobsMode = mode
        return sampling
    }
}

extension PositionLogprobs {
    /// Values in token order.
    fileprivate var logits: [Float] { top.sorted { $0.token < $1.token }.map(\.logprob) }
}

/// The sampler's operations, applied one after the other.
private struct Reference {
    let sampling: SamplingParams
    let promptTokenCount: Int
    let eosTokenIDs: [TokenID]

    func logits(_ model: [Float], history: [TokenID]) -> [Float] {
        let output = Array(history.dropFirst(promptTokenCount))
        var logits = model
        if let allowed = sampling.allowedTokenIDs {
            for token in logits.indices where !allowed.contains(TokenID(token)) { logits[token] = -.infinity }
        }
        for sequence in sampling.badTokenSequences where output.suffix(sequence.count - 1) == sequence.dropLast() {
            logits[Int(sequence.last!)] = -.infinity
        }
        if output.count < sampling.minTokens {
            for token in eosTokenIDs + sampling.stopTokenIDs { logits[Int(token)] = -.infinity }
        }
        for (token, bias) in sampling.logitBias { logits[Int(token)] += bias }
        penalize(&logits, history, output)
        return sampling.temperature < 1e-5 ? logits : truncated(logits)
    }

    private func penalize(_ logits: inout [Float], _ history: [TokenID], _ output: [TokenID]) {
        for token in logits.indices {
            if history.contains(TokenID(token)) {
                logits[token] =
                    logits[token] > 0
                    ? logits[token] / sampling.repetitionPenalty : logits[token] * sampling.repetitionPenalty
            }
            let count = output.count { $0 == token }
            if count > 0 {
                logits[token] -= sampling.frequencyPenalty * Float(count)
                logits[token] -= sampling.presencePenalty
            }
        }
    }

    /// Applies temperature, min-p, top-k and top-p.
    private func truncated(_ logits: [Float]) -> [Float] {
        let temperature = max(sampling.temperature, 0.01)
        let maximum = Double(logits.max()!)
        let weights = logits.map { Math.exp((Double($0) - maximum) / Double(temperature)) }
        var order = logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }
        order = order.filter { weights[$0] >= Double(sampling.minP) }
        if sampling.topK > 0 { order = Array(order.prefix(sampling.topK)) }
        let total = order.reduce(0) { $0 + weights[$1] }
        var sum = 0.0
        var result = [Float](repeating: -.infinity, count: logits.count)
        for token in order {
            if sampling.topP < 1, sum >= Double(sampling.topP) * total { break }
            result[token] = logits[token] / temperature
            sum += weights[token]
        }
        return result
    }
}
