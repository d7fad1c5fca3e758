import EngineTypes
import Needletail
import Support
import TestSupport
import Testing

/// Compares the built-in logits processors with plain implementations of their definitions, and tests registered ones.
@Suite struct LogitsProcessorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let calls: [LogitsProcessorCall]
        /// Returns the logits of the draw from the model's logits and the history.
        let expected: @Sendable (_ model: [Float], _ history: [TokenID]) -> [Float]

        static let all = [
            Case(
                testDescription: "no_repeat_ngram",
                calls: [.init(name: "no_repeat_ngram", arguments: ["size": .number(2)])]
            ) {
                model, history in
                var logits = model
                for (first, second) in zip(history, history.dropFirst()) where first == history.last {
                    logits[Int(second)] = -.infinity
                }
                return logits
            },
            Case(
                testDescription: "dry",
                calls: [
                    .init(
                        name: "dry",
                        arguments: ["multiplier": .number(3), "base": .number(1.5), "allowed_length": .number(1)])
                ]
            ) { model, history in
                var logits = model
                for token in logits.indices {
                    let length = min(repetition(of: history, before: TokenID(token)), 50)
                    if length > 0 { logits[token] -= Float(3 * Math.pow(1.5, Double(length - 1))) }
                }
                return logits
            },
            Case(
                testDescription: "xtc",
                calls: [.init(name: "xtc", arguments: ["probability": .number(1), "threshold": .number(0.05)])]
            ) {
                model, _ in
                let probabilities = softmax(model)
                let top = model.indices.filter { probabilities[$0] >= 0.05 }.sorted { model[$0] > model[$1] }
                var logits = model
                for token in top.dropLast() { logits[token] = -.infinity }
                return logits
            },
            Case(
                testDescription: "xtc that never happens",
                calls: [.init(name: "xtc", arguments: ["probability": .number(0)])]
            ) {
                model, _ in model
            },
            Case(testDescription: "typical_p", calls: [.init(name: "typical_p", arguments: ["value": .number(0.4)])]) {
                model, _ in
                let probabilities = softmax(model)
                let entropy = probabilities.reduce(0) { $0 - $1 * Math.log($1) }
                let order = model.indices.sorted {
                    abs(-Math.log(probabilities[$0]) - entropy) < abs(-Math.log(probabilities[$1]) - entropy)
                }
                var (sum, logits) = (0.0, [Float](repeating: -.infinity, count: model.count))
                for token in order where sum < 0.4 {
                    logits[token] = model[token]
                    sum += probabilities[token]
                }
                return logits
            },
            Case(
                testDescription: "dry within a range",
                calls: [
                    .init(
                        name: "dry",
                        arguments: [
                            "multiplier": .number(1), "base": .number(2), "allowed_length": .number(1),
                            "penalty_last_n": .number(6),
                        ])
                ]
            ) { model, history in
                var logits = model
                let recent = Array(history.suffix(6))
                for token in logits.indices {
                    let length = repetition(of: recent, before: TokenID(token))
                    if length > 0 { logits[token] -= Float(Math.pow(2, Double(length - 1))) }
                }
                return logits
            },
            Case(testDescription: "top_n_sigma", calls: [.init(name: "top_n_sigma", arguments: ["value": .number(1)])])
            { model, _ in
                let mean = model.reduce(0) { $0 + Double($1) } / Double(model.count)
                let variance = model.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(model.count)
                let least = Double(model.max()!) - variance.squareRoot()
                return model.map { Double($0) < least ? -.infinity : $0 }
            },
            Case(
                testDescription: "two in a row",
                calls: [
                    .init(name: "no_repeat_ngram", arguments: ["size": .number(1)]),
                    .init(name: "top_n_sigma", arguments: ["value": .number(1000)]),
                ]
            ) { model, history in
                model.indices.map { history.contains(TokenID($0)) ? -.infinity : model[$0] }
            },
        ]
    }

    /// Returns the length of the longest suffix of the history after which `token` has occurred before.
    private static func repetition(of history: [TokenID], before token: TokenID) -> Int {
        var longest = 0
        for end in history.indices.dropLast() where history[end + 1] == token {
            var length = 0
            while length <= end, history[end - length] == history[history.count - 1 - length] { length += 1 }
            longest = max(longest, length)
        }
        return longest
    }

    private static func softmax(_ logits: [Float]) -> [Double] {
        let weights = logits.map { Math.exp(Double($0) - Double(logits.max()!)) }
        return weights.map { $0 / weights.reduce(0, +) }
    }

    private static let prompt: [TokenID] = [5, 6, 7, 5, 6, 40, 5, 6]

    private static func logits(_ position: PositionLogprobs) -> [Float] {
        position.top.sorted { $0.token < $1.token }.map(\.logprob)
    }

    private static func raw(_ harness: EngineHarness, _ history: [TokenID]) async throws -> [Float] {
        var sampling = SamplingParams.greedy(maxTokens: 1)
        sampling.ignoreEOS = true
        sampling.logprobs = -1
        sampling.logprobsMode = .rawLogits
        return logits(try await harness.run(history, sampling).logprobs[0])
    }

    @Test(arguments: Case.all)
    func `logits are those of the definition`(item: Case) async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) { $0.maxLogprobs = -1 }
        var sampling = SamplingParams(seed: 5, maxTokens: 30)
        sampling.logitsProcessors = item.calls
        sampling.logprobs = -1
        sampling.logprobsMode = .processedLogits
        let output = try await harness.run(Self.prompt, sampling)
        #expect(output.tokenIDs.count > 3)
        for (index, position) in output.logprobs.enumerated() {
            let history = Self.prompt + output.tokenIDs.prefix(index)
            let expected = item.expected(try await Self.raw(harness, history), history)
            #expect(Self.logits(position).map(\.bitPattern) == expected.map(\.bitPattern), "token \(index)")
        }
    }

    @Test func `the end of a history stands in it before where a plain search finds it`() {
        var generator = SplitMix(seed: 3)
        for count in [0, 1, 2, 7, 60] {
            for kinds in 1...3 {
                let tokens = (0..<count).map { _ in TokenID.random(in: 0..<TokenID(kinds), using: &generator) }
                let repeats = SuffixRepeats(tokens[...])
                for index in tokens.indices {
                    var length = 0
                    while length < index, tokens[index - 1 - length] == tokens[count - 1 - length] { length += 1 }
                    #expect(repeats.length(before: index) == length, "\(tokens) at \(index)")
                }
            }
        }
    }

    @Test(arguments: [0, 0.3, 0.999999, 1, 2])
    func `selection by weight keeps what sorting keeps`(part: Double) {
        var generator = SplitMix(seed: 4)
        for (count, kinds) in [(1, 1), (10, 3), (500, 1), (500, 40), (2000, 1 << 40)] {
            let keys = (0..<count).map { _ in Double(Int.random(in: 0..<kinds, using: &generator)) / 1e3 }
            // Sums of these weights are exact in any order.
            let weights = (0..<count).map { _ in Double(Int.random(in: 0...4, using: &generator)) / 4 }
            let target = (weights.reduce(0, +) * part * 4).rounded() / 4
            let boundary = WeightedSelection.boundary(weights: weights, keys: keys, target: target)
            let order = weights.indices.filter { weights[$0] > 0 }.sorted { (keys[$0], $0) < (keys[$1], $1) }
            var sum = 0.0
            for (place, index) in order.enumerated() {
                #expect(boundary.keeps(index, key: keys[index]) == (place == 0 || sum < target))
                sum += weights[index]
            }
        }
    }

    /// The bound follows the surprise of the chosen tokens.
    @Test func `mirostat keeps to its bound`() async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama")) { $0.maxLogprobs = -1 }
        var sampling = SamplingParams(seed: 5, maxTokens: 40)
        sampling.ignoreEOS = true
        sampling.extraArguments = ["mirostat_tau": .number(1.5), "mirostat_eta": .number(0.3)]
        sampling.logprobs = -1
        sampling.logprobsMode = .processedLogits
        let output = try await harness.run(Self.prompt, sampling)
        var bound = 3.0
        for (index, position) in output.logprobs.enumerated() {
            let model = try await Self.raw(harness, Self.prompt + output.tokenIDs.prefix(index))
            let surprises = Self.softmax(model).map { -Math.log($0) / Math.log(2) }
            let kept = model.indices.map {
                surprises[$0] <= bound || model[$0] == model.max()! ? model[$0] : -.infinity
            }
            #expect(Self.logits(position).map(\.bitPattern) == kept.map(\.bitPattern), "token \(index)")
            let surprise = -Math.log(Self.softmax(kept)[Int(output.tokenIDs[index])]) / Math.log(2)
            bound -= 0.3 * (surprise - 1.5)
        }
    }

    /// Processors keep no state that preemption or other requests in the batch could change.
    @Test func `company does not show`() async throws {
        let harness = try EngineHarness(Fixtures.path("models/llama"))
        var sampling = SamplingParams(seed: 5, maxTokens: 60)
        sampling.ignoreEOS = true
        sampling.extraArguments = [
            "mirostat_tau": .number(2), "dry_multiplier": .number(0.8), "xtc_probability": .number(0.5),
        ]
        let alone = try await harness.run(Self.prompt, sampling)
        let together = try await harness.runTogether(Array(repeating: Self.prompt, count: 6), sampling)
        for output in together { #expect(output.tokenIDs == alone.tokenIDs) }

        let tight = try EngineHarness(Fixtures.path("models/llama")) {
            $0.blockCountOverride = 7
            $0.maxModelLength = 80
        }
        let preempted = try await tight.runTogether(Array(repeating: Self.prompt, count: 2), sampling)
        #expect(preempted.contains { $0.preemptionCount > 0 })
        for output in preempted { #expect(output.tokenIDs == alone.tokenIDs) }
    }

    @Test func `processors of all requests apply to each step's batch`() async throws {
        var registry = LogitsProcessorRegistry()
        registry.global = [OnlyEven()]
        let engine = try EngineBuilder.build(
            path: Fixtures.path("models/llama"), name: "model", options: Self.options, processors: registry)
        let streams = try (0..<4).map { try engine.generate([TokenID($0 + 5)], SamplingParams(maxTokens: 10)) }
        for stream in streams {
            let output = try await stream.collect()
            #expect(output.tokenIDs.allSatisfy { $0 % 2 == 0 })
        }
        var odd = SamplingParams(maxTokens: 1)
        odd.extraArguments = ["odd": .number(1)]
        #expect(throws: RequestError.self) { _ = try engine.generate([5], odd) }
    }

    @Test func `a program's own processor can be chosen, and handed to one request`() async throws {
        var registry = LogitsProcessorRegistry()
        registry.register(
            LogitsProcessorKind("only") { arguments throws(RequestError) in
                Only(token: TokenID(try arguments.integer("token", in: 0...383)))
            })
        let engine = try EngineBuilder.build(
            path: Fixtures.path("models/llama"), name: "model", options: Self.options, processors: registry)
        var sampling = SamplingParams(maxTokens: 3)
        sampling.logitsProcessors = [.init(name: "only", arguments: ["token": .number(9)])]
        #expect(try await engine.generate([5], sampling).collect().tokenIDs == [9, 9, 9])
        var context = RequestMetadata()
        context.processors = [Only(token: 12)]
        #expect(try await engine.generate([5], SamplingParams(maxTokens: 2), context).collect().tokenIDs == [12, 12])
    }

    private static var options: EngineOptions {
        var options = EngineOptions()
        options.skipsTokenizer = true
        return options
    }
}

private struct OnlyEven: BatchLogitsProcessor {
    let keepsArgmax = false

    func validate(_ sampling: SamplingParams) throws(RequestError) {
        if sampling.extraArguments["odd"] != nil { throw .invalid("vllm_xargs.odd", "is not possible") }
    }

    func apply(to batch: inout LogitsBatch) {
        for index in batch.requests.indices {
            batch.withLogits(at: index) { logits in
                for token in logits.indices where token % 2 == 1 { logits[token] = -.infinity }
            }
        }
    }
}

private struct Only: LogitsProcessor {
    let token: TokenID
    let keepsArgmax = false

    func apply(to logits: inout MutableSpan<Float>, _ context: SamplingContext) {
        for index in logits.indices where index != Int(token) { logits[index] = -.infinity }
    }
}
