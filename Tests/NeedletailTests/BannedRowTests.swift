import EngineTypes
import Needletail
import TestSupport
import Testing

/// A row in which no token can be chosen ends its request with an error that says why; other requests continue.
@Suite struct BannedRowTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let parameter: String
        let others: [String]
        let sampling: SamplingParams

        init(_ parameter: String, with others: [String] = [], _ change: (inout SamplingParams) -> Void) {
            testDescription = ([parameter] + others).joined(separator: ", ")
            self.parameter = parameter
            self.others = others
            var sampling = SamplingParams(seed: 1, maxTokens: 8)
            change(&sampling)
            self.sampling = sampling
        }

        static let all = [
            Case("allowed_token_ids", with: ["min_tokens"]) {
                $0.allowedTokenIDs = [9]
                $0.stopTokenIDs = [9]
                $0.minTokens = 5
            },
            Case("allowed_token_ids", with: ["bad_words"]) {
                $0.allowedTokenIDs = [40, 41]
                $0.badTokenSequences = [[40], [41]]
            },
            Case("bad_words") { $0.badTokenSequences = (0..<384).map { [$0] } },
            Case("logits_processors") {
                $0.logitsProcessors = [
                    LogitsProcessorCall(name: "no_repeat_ngram", arguments: ["size": .number(1)]),
                    LogitsProcessorCall(name: "all", arguments: ["logit": .number(-1)]),
                ]
            },
        ]
    }

    /// Sets all logits of one request to NaN, or to minus infinity if `logit` is negative.
    private struct All: LogitsProcessor {
        let logit: Float
        let keepsArgmax = false

        func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) {
            for index in logits.indices { logits[index] = logit }
        }

        static let kind = LogitsProcessorKind("all") { arguments throws(RequestError) in
            All(logit: try arguments.number("logit", in: -1...0) < 0 ? -.infinity : .nan)
        }
    }

    /// Bans all tokens for requests that end with a given token.
    private struct EndsWith: BatchLogitsProcessor {
        let token: TokenID
        let keepsArgmax: Bool

        func apply(to batch: inout LogitsBatch) {
            for index in batch.requests.indices where batch.requests[index].tokenIDs.last == token {
                batch.withLogits(at: index) { logits in
                    for token in logits.indices { logits[token] = -.infinity }
                }
            }
        }
    }

    private static func engine(
        global: [any BatchLogitsProcessor] = [], _ change: (inout EngineOptions) -> Void = { _ in }
    ) throws -> AsyncEngine {
        var registry = LogitsProcessorRegistry()
        registry.register(All.kind)
        registry.global = global
        var options = EngineOptions()
        options.skipsTokenizer = true
        options.checksInvariants = true
        change(&options)
        return try EngineBuilder.build(
            path: Fixtures.path("models/llama"), name: "model", options: options, processors: registry)
    }

    private static func error(_ stream: RequestStream) async throws(RequestError) -> RequestError? {
        do throws(RequestError) {
            _ = try await stream.collect()
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: Case.all, [0, 1.5] as [Float])
    func `a row whose tokens are all banned names what bans them`(item: Case, temperature: Float) async throws {
        let engine = try Self.engine()
        var sampling = item.sampling
        sampling.temperature = temperature
        let neighbour = try engine.generate([5, 6, 7], .greedy(maxTokens: 4))
        let error = try #require(try await Self.error(engine.generate([5, 6, 7], sampling)))
        #expect(error.code == .invalidParameter && error.parameter == item.parameter)
        for name in item.others { #expect(error.message.contains(name)) }
        #expect(try await neighbour.collect().tokenIDs.count == 4)
    }

    @Test func `tokens before the row count, and the error names the position`() async throws {
        let engine = try Self.engine()
        var sampling = SamplingParams(seed: 1, maxTokens: 8)
        sampling.allowedTokenIDs = [40, 41]
        sampling.badTokenSequences = [[40, 40], [40, 41], [41, 40], [41, 41]]
        let stream = try engine.generate([5], sampling)
        var tokens: [TokenID] = []
        let error = await #expect(throws: RequestError.self) {
            for try await output in stream { tokens += output.tokenIDs }
        }
        #expect(tokens.count == 1 && error?.message.contains("output token 2") == true)
    }

    @Test func `logits that are no numbers are the model's failure`() async throws {
        let engine = try Self.engine()
        for temperature in [0, 1] as [Float] {
            var sampling = SamplingParams(temperature: temperature, maxTokens: 8)
            sampling.logitsProcessors = [.init(name: "all", arguments: ["logit": .number(0)])]
            let error = try await Self.error(engine.generate([5, 6, 7], sampling))
            #expect(error?.code == .modelFailure && error?.message.contains("NaN") == true)
        }
        #expect(engine.isHealthy)
    }

    @Test(arguments: [false, true])
    func `processors of all requests may ban a row`(keepsArgmax: Bool) async throws {
        let engine = try Self.engine(global: [EndsWith(token: 9, keepsArgmax: keepsArgmax)])
        let banned = try engine.generate([5, 9], SamplingParams(maxTokens: 2))
        let free = try engine.generate([5, 6], SamplingParams(seed: 1, maxTokens: 1))
        #expect(try await Self.error(banned)?.code == .modelFailure)
        #expect(try await free.collect().tokenIDs.count == 1)
    }

    @Test func `outputs of one prompt all end, and leave nothing behind`() async throws {
        let engine = try Self.engine()
        var context = RequestMetadata()
        context.parent = ParentRequest(choiceCount: 4, returnedCount: 4)
        let streams = try (0..<4).map { choice in
            context.choiceIndex = choice
            return try engine.generate([5, 6, 7], Case.all[0].sampling, context)
        }
        for stream in streams { #expect(try await Self.error(stream)?.parameter == "allowed_token_ids") }
        #expect(try await engine.generate([5, 6, 7], .greedy(maxTokens: 4)).collect().tokenIDs.count == 4)
        let stats = await engine.currentStats()
        #expect(stats.runningCount == 0 && stats.waitingCount == 0 && stats.usedBlockCount == 0)
    }
}
