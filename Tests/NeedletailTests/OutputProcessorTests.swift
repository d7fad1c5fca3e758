import EngineTypes
import Metrics
import Needletail
import TestSupport
import Testing
import Tokenization

/// Tests how steps become texts, stop strings and ends. Tokens are single bytes.
@Suite struct OutputProcessorTests {
    private let tokenizer: Tokenizer
    private let output: OutputProcessor

    init() throws {
        tokenizer = try Tokenizer(tokenizerJSON: Fixtures.json("tokenizers/bytebpe-gpt2/tokenizer.json"))
        let info = EngineInfo(modelName: "m", maxModelLength: 256, vocabularySize: tokenizer.vocabularySize)
        output = OutputProcessor(
            tokenizer: tokenizer, metrics: EngineMetrics(info, factory: NOOPMetricsHandler.instance),
            maxBlockCount: 1)
    }

    private func tokens(_ text: String) -> [TokenID] {
        text.utf8.map { byte in (0..<TokenID(256)).first { tokenizer.tokenBytes($0) == [byte] } ?? .max }
    }

    private func add(
        _ number: UInt64 = 1, stop: [String] = [], minTokens: Int = 0, includesStop: Bool = false
    ) throws -> RequestStream {
        var sampling = SamplingParams.greedy(maxTokens: 200)
        sampling.stop = stop
        sampling.minTokens = minTokens
        sampling.includeStopStringInOutput = includesStop
        let work = GenerationWork(sampling: sampling, maxTokens: 200)
        let request = EngineCoreRequest(id: RequestID(number), promptTokenIDs: [1], work: .generate(work))
        let stops = StopTexts(stop, includesStop: includesStop)
        return RequestStream(collector: output.add(request, stops: stops, parent: nil)) {}
    }

    /// Returns whether the engine must end the request.
    private func step(_ text: String, _ number: UInt64 = 1, _ reason: FinishReason? = nil) -> Bool {
        let core = EngineCoreOutput(id: RequestID(number), newTokenIDs: tokens(text), finishReason: reason)
        let stopped = output.process(EngineCoreOutputs(outputs: [core], stats: SchedulerStats(), time: 1))
        return stopped == [RequestID(number)]
    }

    /// Sends the text in steps of `count` tokens until the request ends.
    private func run(_ text: String, by count: Int) {
        var rest = Array(text.unicodeScalars)[...]
        while !rest.isEmpty, output.requestCount > 0 {
            let piece = rest.prefix(count).map { String($0) }.joined()
            rest = rest.dropFirst(count)
            _ = step(piece, 1, rest.isEmpty ? .length : nil)
        }
    }

    @Test(arguments: [1, 2, 3, 8])
    func `a stop text that begins before min_tokens and ends after them stops`(_ count: Int) async throws {
        let stream = try add(stop: ["cde"], minTokens: 3)
        run("abcdefgh", by: count)
        let whole = try await stream.collect()
        #expect(whole.text == "ab")
        #expect(whole.tokenIDs == tokens("abcde"))
        #expect(whole.stopReason == .string("cde"))
    }

    @Test(arguments: [1, 2, 3, 8])
    func `a stop text that is complete exactly at min_tokens does not stop`(_ count: Int) async throws {
        let stream = try add(stop: ["abc"], minTokens: 3)
        run("abcdabcd", by: count)
        let whole = try await stream.collect()
        #expect(whole.text == "abcd")
        #expect(whole.tokenIDs == tokens("abcdabc"))
        #expect(whole.stopReason == .string("abc"))
    }

    @Test func `text before min_tokens is held back while a stop text may begin in it`() async throws {
        let stream = try add(stop: ["bcd"], minTokens: 3)
        var reader = stream.makeAsyncIterator()
        _ = step("abc")
        #expect(try await reader.next()?.text == "a")
        _ = step("x")
        #expect(try await reader.next()?.text == "bcx")
    }

    @Test func `a character that is completed after min_tokens counts as after them`() async throws {
        let stream = try add(stop: ["é"], minTokens: 2)
        let bytes = tokens("aé")
        for token in bytes {
            let core = EngineCoreOutput(id: RequestID(1), newTokenIDs: [token])
            _ = output.process(EngineCoreOutputs(outputs: [core], stats: SchedulerStats(), time: 1))
        }
        #expect(try await stream.collect().stopReason == .string("é"))
    }

    @Test func `an output that ends shows what was held back`() async throws {
        let stream = try add(stop: ["STOP"])
        #expect(!step("a ST", 1, .length))
        #expect(try await stream.collect().text == "a ST")
        #expect(output.requestCount == 0)
    }

    @Test func `steps of requests that have ended are passed over`() async throws {
        let (first, second) = (try add(1), try add(2))
        _ = step("ab", 1)
        #expect(output.remove(RequestID(1), error: RequestError(.cancelled, "no")))
        #expect(!output.remove(RequestID(1), error: RequestError(.cancelled, "no")))
        #expect(!step("cd", 1))
        await #expect(throws: RequestError.self) { try await first.collect() }
        _ = step("ef", 2)
        #expect(output.endAll() == [RequestID(2)])
        #expect(!step("gh", 2))
        let whole = try await second.collect()
        #expect((whole.text, whole.finishReason) == ("ef", .abort))
        #expect(output.requestCount == 0)
    }

    @Test func `a stop text ends the request once, and frees its place`() async throws {
        let stream = try add(stop: ["b"])
        #expect(step("ab"))
        #expect(output.requestCount == 0)
        #expect(!step("ab"))
        #expect(!output.remove(RequestID(1), error: RequestError(.cancelled, "no")))
        #expect(try await stream.collect().text == "a")
    }
}
