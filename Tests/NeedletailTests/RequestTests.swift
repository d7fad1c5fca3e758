import EngineTypes
import Needletail
import TestSupport
import Testing

/// Requests that are invalid, stop early or are cancelled: each gets its own clear end, and the next one is served.
@Suite struct RequestTests {
    private static func harness(_ change: (inout EngineOptions) -> Void = { _ in }) throws -> EngineHarness {
        try EngineHarness(Fixtures.path("models/llama"), change)
    }

    private static func sampling(_ change: (inout SamplingParams) -> Void) -> SamplingParams {
        var sampling = SamplingParams.greedy(maxTokens: 4)
        change(&sampling)
        return sampling
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let parameter: String
        var prompt: [TokenID] = [5, 6, 7]
        var sampling = SamplingParams.greedy(maxTokens: 4)

        init(
            _ name: String, _ parameter: String, prompt: [TokenID] = [5, 6, 7], _ change: (inout SamplingParams) -> Void
        ) {
            testDescription = name
            self.parameter = parameter
            self.prompt = prompt
            change(&sampling)
        }

        static let all: [Mistake] = [
            Mistake("empty prompt", "prompt", prompt: []) { _ in },
            Mistake("prompt over the context", "prompt", prompt: Array(repeating: 5, count: 256)) { _ in },
            Mistake("token out of the vocabulary", "prompt", prompt: [5, 384]) { _ in },
            Mistake("no tokens", "max_tokens") { $0.maxTokens = 0 },
            Mistake("negative tokens", "max_tokens") { $0.maxTokens = -3 },
            Mistake("tokens over the context", "max_tokens") { $0.maxTokens = 254 },
            Mistake("NaN temperature", "temperature") { $0.temperature = .nan },
            Mistake("infinite temperature", "temperature") { $0.temperature = .infinity },
            Mistake("negative temperature", "temperature") { $0.temperature = -1 },
            Mistake("NaN top_p", "top_p") { $0.topP = .nan },
            Mistake("top_p of 0", "top_p") { $0.topP = 0 },
            Mistake("top_k below -1", "top_k") { $0.topK = -2 },
            Mistake("NaN min_p", "min_p") { $0.minP = .nan },
            Mistake("min_p over 1", "min_p") { $0.minP = 1.5 },
            Mistake("min_tokens over max_tokens", "min_tokens") { $0.minTokens = 5 },
            Mistake("too many logprobs", "logprobs") { $0.logprobs = 21 },
            Mistake("prompt logprobs below -1", "prompt_logprobs") { $0.promptLogprobs = -2 },
            Mistake("stop token out of the vocabulary", "stop_token_ids") { $0.stopTokenIDs = [384] },
            Mistake("more stop tokens than the vocabulary", "stop_token_ids") {
                $0.stopTokenIDs = Array(repeating: 5, count: 385)
            },
            Mistake("empty stop text", "stop") { $0.stop = [""] },
        ]
    }

    @Test(arguments: Mistake.all)
    func `a mistake names its field and the next request is served`(mistake: Mistake) async throws {
        let harness = try Self.harness()
        let error = #expect(throws: RequestError.self) {
            try harness.engine.generate(mistake.prompt, mistake.sampling)
        }
        #expect(error?.parameter == mistake.parameter)
        #expect(error?.message.isEmpty == false)
        let next = try await harness.run([5, 6, 7], .greedy(maxTokens: 4))
        #expect(next.tokenIDs.count == 4)
    }

    @Test func `stop tokens end the output and min_tokens holds them off`() async throws {
        let harness = try Self.harness()
        let free = try await harness.run(
            [5, 6, 7],
            Self.sampling {
                $0.maxTokens = 12; $0.ignoreEOS = true
            })
        let stop = free.tokenIDs[3]
        let first = try #require(free.tokenIDs.firstIndex(of: stop))
        let stopped = try await harness.run(
            [5, 6, 7],
            Self.sampling {
                $0.maxTokens = 12; $0.stopTokenIDs = [stop]
            })
        #expect(stopped.tokenIDs == Array(free.tokenIDs[...first]))
        #expect(stopped.finishReason == .stop)
        #expect(stopped.stopReason == .token(stop))
        let held = try await harness.run(
            [5, 6, 7],
            Self.sampling {
                $0.maxTokens = 12
                $0.stopTokenIDs = [stop]
                $0.minTokens = 8
            })
        #expect(held.tokenIDs.count >= 8)
        #expect(!held.tokenIDs.prefix(8).contains(stop))
    }

    @Test func `a small cache bounds the length that clients are promised`() async throws {
        let harness = try Self.harness { $0.blockCountOverride = 5 }  // One is the null block.
        #expect(harness.engine.info.maxModelLength == 64)
        #expect(harness.engine.input.limits.maxModelLength == 64)
        let whole = try await harness.run([5, 6, 7, 8], SamplingParams(temperature: 0, maxTokens: nil))
        #expect(whole.tokenIDs.count <= 60 && whole.isFinished)
        await #expect(throws: RequestError.self) {
            try await harness.run([5, 6, 7, 8], SamplingParams(temperature: 0, maxTokens: 61))
        }
    }

    @Test func `a length that the cache does not hold is refused if it is asked for`() throws {
        let message =
            "--max-model-len: the key-value cache holds at most 64 tokens of a request, got 65; "
            + "use auto or a larger cache (--kv-cache-memory-bytes)"
        #expect(throws: EngineError(message)) {
            try Self.harness { ($0.blockCountOverride, $0.maxModelLength) = (5, 65) }
        }
        let harness = try Self.harness { ($0.blockCountOverride, $0.maxModelLength) = (5, 64) }
        #expect(harness.engine.info.maxModelLength == 64)
    }

    @Test func `the context ends an output`() async throws {
        let harness = try Self.harness { $0.maxModelLength = 20 }
        let output = try await harness.run(
            Array(repeating: 9, count: 12),
            Self.sampling {
                $0.maxTokens = nil; $0.ignoreEOS = true
            })
        #expect(output.tokenIDs.count == 8)
        #expect(output.finishReason == .length)
    }

    @Test func `a seed fixes the draws and another changes them`() async throws {
        let harness = try Self.harness()
        func draw(_ seed: Int64) async throws -> [TokenID] {
            let sampling = Self.sampling {
                $0.temperature = 1.5
                $0.seed = seed
                $0.maxTokens = 16
                $0.ignoreEOS = true
            }
            return try await harness.run([5, 6, 7], sampling).tokenIDs
        }
        let first = try await draw(1)
        #expect(try await draw(1) == first)
        #expect(try await draw(2) != first)
    }

    @Test func `a full engine refuses and says so`() async throws {
        let harness = try Self.harness {
            $0.maxSequences = 1
            $0.maxQueuedRequests = 1
        }
        var refusals = 0
        var streams: [RequestStream] = []
        for _ in 0..<200 {
            do {
                streams.append(try harness.engine.generate([5, 6, 7], .greedy(maxTokens: 2)))
            } catch {
                #expect(error.code == .overloaded)
                refusals += 1
            }
        }
        #expect(refusals > 0)
        for stream in streams { #expect(try await stream.collect().isFinished) }
    }

    @Test func `requests end with an error when the engine is shut down`() async throws {
        let harness = try Self.harness()
        let stream = try harness.engine.generate(
            [5, 6, 7],
            Self.sampling {
                $0.maxTokens = 200; $0.ignoreEOS = true
            })
        harness.engine.shutdown()
        await #expect(throws: RequestError.self) { try await stream.collect() }
        #expect(throws: RequestError.self) { try harness.engine.generate([5], .greedy(maxTokens: 1)) }
    }
}
