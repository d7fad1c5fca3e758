import EngineTypes
import Needletail
import TestSupport
import Testing

/// Compares beam search with a plain implementation over the model's log-probabilities.
@Suite struct BeamSearchTests {
    private struct Hypothesis {
        var tokens: [TokenID] = []
        var logprob = 0.0
        var scoredCount = 0
        var hasEnded = false
    }

    private static let prompt: [TokenID] = [5, 6, 7, 8]

    private static func logprobs(_ harness: EngineHarness, _ history: [TokenID]) async throws -> [Float] {
        var sampling = SamplingParams.greedy(maxTokens: 1)
        sampling.ignoreEOS = true
        sampling.logprobs = -1
        return try await harness.run(history, sampling).logprobs[0].top.sorted { $0.token < $1.token }.map(\.logprob)
    }

    private static func reference(
        _ harness: EngineHarness, width: Int, length: Int, lengthPenalty: Double, ending: TokenID?
    ) async throws -> [Hypothesis] {
        var (beams, ended) = ([Hypothesis()], [Hypothesis]())
        for _ in 0..<length {
            var grown: [Hypothesis] = []
            for beam in beams {
                let logprobs = try await logprobs(harness, prompt + beam.tokens)
                let order = logprobs.indices.sorted { (-logprobs[$0], $0) < (-logprobs[$1], $1) }
                for token in order.prefix(2 * width) {
                    var next = beam
                    next.logprob += Double(logprobs[token])
                    if TokenID(token) == ending {
                        next.hasEnded = true
                        ended.append(next)
                    } else {
                        next.tokens.append(TokenID(token))
                        next.scoredCount += 1
                        grown.append(next)
                    }
                }
            }
            beams = Array(grown.sorted { $0.logprob > $1.logprob }.prefix(width))
        }
        func score(_ beam: Hypothesis) -> Double {
            let length = Double(prompt.count + beam.scoredCount)
            return beam.logprob / (lengthPenalty == 0 ? 1 : lengthPenalty == 2 ? length * length : length)
        }
        return Array((ended + beams).sorted { score($0) > score($1) }.prefix(width))
    }

    @Test(arguments: [1, 2, 5], [0.0, 1, 2])
    func `beams are those of the algorithm`(width: Int, lengthPenalty: Double) async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) { $0.maxLogprobs = -1 }
        let ending = try #require(harness.engine.input.eosTokenIDs.first)
        for ignoresEOS in [false, true] {
            var sampling = SamplingParams(maxTokens: 6)
            sampling.ignoreEOS = ignoresEOS
            let expected = try await Self.reference(
                harness, width: width, length: 6, lengthPenalty: lengthPenalty, ending: ignoresEOS ? nil : ending)
            let outputs = try await BeamSearch(
                harness.engine, prompt: Self.prompt, sampling, width: width, lengthPenalty: lengthPenalty,
                RequestMetadata()
            ).run()
            #expect(outputs.map(\.tokenIDs) == expected.map(\.tokens))
            #expect(outputs.map(\.cumulativeLogprob) == expected.map(\.logprob))
            #expect(outputs.map(\.finishReason) == expected.map { $0.hasEnded ? .stop : .length })
        }
        #expect(try await harness.idleStats().usedBlockCount == 0)
    }

    @Test(arguments: [0, 256, 300])
    func `a prompt that does not fit is refused`(length: Int) async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama"))
        let search = try BeamSearch(
            harness.engine, prompt: Array(repeating: 5, count: length), SamplingParams(maxTokens: 2), width: 2,
            lengthPenalty: 1, RequestMetadata())
        let error = await #expect(throws: RequestError.self) { _ = try await search.run() }
        #expect(error?.parameter == "prompt")
    }

    @Test func `a search that is given up leaves nothing`() async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama"))
        let search = try BeamSearch(
            harness.engine, prompt: Self.prompt, SamplingParams(maxTokens: 200), width: 4, lengthPenalty: 1,
            RequestMetadata())
        let task = Task { try await search.run() }
        try await Task.sleep(for: .milliseconds(20))
        search.cancel()
        await #expect(throws: RequestError.self) { _ = try await task.value }
        #expect(try await harness.idleStats().runningCount == 0)
    }
}
