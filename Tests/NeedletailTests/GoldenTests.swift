import Architectures
import CPUBackend
import Checkpoint
import EngineTypes
import Layers
import Needletail
import Support
import Tensor
import TestSupport
import Testing

/// A checkpoint and the outputs of the reference implementation for it.
struct GoldenFixture: Sendable, CustomTestStringConvertible {
    let path: String
    let goldenPath: String

    var testDescription: String { path }

    /// The checkpoints in Hugging Face's layout.
    static let families = [
        "arcee", "bloom", "bloom-post-norm", "cohere", "cohere2", "deepseek-v2", "deepseek-v3", "ernie4.5", "exaone4",
        "falcon", "falcon-alibi", "gemma", "gemma2", "gemma3-text", "glm", "glm4", "gpt-j", "gpt-neox", "gpt-oss",
        "gpt2", "gpt2-scaled", "granite", "granite-moe", "llama", "llama3-rope", "ministral", "mistral", "mixtral",
        "nemotron", "olmo", "olmo2", "olmo3", "olmoe", "olmoe-clip", "opt", "opt-post-norm", "phi", "phi3-longrope",
        "phimoe", "qwen2", "qwen2-moe", "qwen2-yarn", "qwen3", "qwen3-moe", "seed-oss", "smollm3", "smollm3-window",
        "stablelm", "starcoder2",
    ]

    /// The families that llama.cpp's converter writes to a file that says all that the results depend on; Phi-3.5-MoE's
    /// leaves out its two rotary scales (see `GGUFFamilyTests`).
    static let converted = families.filter {
        ![
            "arcee", "bloom-post-norm", "falcon-alibi", "glm", "gpt-j", "gpt2-scaled", "llama", "llama3-rope",
            "ministral",
            "olmo", "olmoe-clip", "opt", "opt-post-norm", "phimoe", "seed-oss", "smollm3-window",
        ].contains($0)
    }

    static let all: [GoldenFixture] =
        families.map { GoldenFixture(path: "models/\($0)", goldenPath: "models/\($0)/golden.json") }
        + ["f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "k-mixed-a"].map {
            GoldenFixture(path: "gguf/llama-\($0).gguf", goldenPath: "gguf/llama-\($0).golden.json")
        }
        + converted.map {
            GoldenFixture(path: "gguf/families/\($0).gguf", goldenPath: "models/\($0)/golden.json")
        }
        // The projections of latents as files had them before they were split.
        + [GoldenFixture(path: "gguf/families/deepseek-v2-whole.gguf", goldenPath: "models/deepseek-v2/golden.json")]
        // Biases of interleaved heads: the same model as a llama.cpp file.
        + [GoldenFixture(path: "gguf/llama-biases.gguf", goldenPath: "models/llama3-rope/golden.json")]

    func golden() throws -> JSONValue { try Fixtures.json(goldenPath) }

    /// The reference's own error in bfloat16; for GGUF files measured by `Scripts/goldens/gguf_bf16_errors.py`.
    func bfloat16Error() throws -> JSONValue? {
        if let own = try golden()["bf16_activation_error"] { return own }
        let name = path.dropFirst("gguf/".count).dropLast(".gguf".count)
        return try Fixtures.json("gguf/bf16_errors.json")[String(name)]
    }

    /// Whether the weights are quantised, which have their own tolerance in float32.
    var isQuantized: Bool { ["-q", "-k-"].contains(where: path.contains) }
}

/// The tolerances of Tests/Fixtures/README.md.
@Suite struct GoldenTests {
    @Test(arguments: GoldenFixture.all)
    func `float32 matches the reference`(fixture: GoldenFixture) async throws {
        let golden = try fixture.golden()
        let tolerance: Float = fixture.isQuantized ? 2e-3 : 1e-3
        let harness = try EngineHarness(Fixtures.path(fixture.path)) { $0.dtype = .float32 }
        let model = try DirectModel(Fixtures.path(fixture.path), dtype: .float32)
        for item in golden["cases"]?.arrayValue ?? [] {
            let expected = try GoldenCase(item)
            let output = try await harness.run(expected.prompt, expected.sampling)
            let difference = expected.promptDifferences(output).map(\.difference).max() ?? 0
            #expect(difference <= tolerance, "prompt logprobs differ by \(difference)")
            let logits = model.lastLogits(expected.prompt)
            let worst = zip(logits, expected.lastLogits).map { abs($0 - $1) }.max() ?? .infinity
            #expect(worst <= tolerance, "last logits differ by \(worst)")
            #expect(Cosine.of(logits, expected.lastLogits) >= (fixture.isQuantized ? 0.9999 : 0.99999))
            expected.expectGreedy(output.tokenIDs, nearTie: 0.05)
        }
    }

    @Test(arguments: GoldenFixture.all)
    func `bfloat16 stays within the reference's own error`(fixture: GoldenFixture) async throws {
        let golden = try fixture.golden()
        let recorded = try #require(try fixture.bfloat16Error())
        let harness = try EngineHarness(Fixtures.path(fixture.path)) { $0.dtype = .bfloat16 }
        let model = try DirectModel(Fixtures.path(fixture.path), dtype: .bfloat16)
        var differences: [Float] = []
        for item in golden["cases"]?.arrayValue ?? [] {
            let expected = try GoldenCase(item)
            let output = try await harness.run(expected.prompt, expected.sampling)
            differences += expected.promptDifferences(output).filter { !expected.unstable.contains($0.position) }
                .map(\.difference)
            let minimum = recorded["min_cosine_last_logits"]?.doubleValue ?? 1
            let cosine = Cosine.of(model.lastLogits(expected.prompt), expected.lastLogits)
            #expect(cosine >= Float(min(0.999, minimum - 0.001)))
            expected.expectGreedy(output.tokenIDs, nearTie: 0.3)
        }
        differences.sort()
        let mean = differences.reduce(0, +) / Float(max(differences.count, 1))
        let p99 = differences[min(differences.count - 1, differences.count * 99 / 100)]
        #expect(Double(mean) <= max(0.05, 2 * (recorded["mean"]?.doubleValue ?? 0)), "mean \(mean)")
        #expect(Double(p99) <= max(0.05, 2 * (recorded["p99"]?.doubleValue ?? 0)), "p99 \(p99)")
    }

    /// `config.v4.json` has the same settings under the keys of most published checkpoints.
    @Test(arguments: GoldenFixture.families.filter { Files.exists(Fixtures.path("models/\($0)/config.v4.json")) })
    func `older configuration keys give the same model`(name: String) throws {
        let path = Fixtures.path("models/\(name)")
        let backend = try CPUBackend()
        func lastLogits(_ config: HFConfig) throws -> [Float] {
            let weights = try Checkpoint.open(path: path).weights
            let loader = WeightLoader(weights: weights, backend: backend, inputFormat: .float32)
            return try DirectModel(ModelRegistry.load(config, loader), backend).lastLogits([5, 17, 300, 42, 7, 255])
        }
        let older = try lastLogits(HFConfig(path: path + "/config.v4.json"))
        #expect(try older == lastLogits(HFConfig(path: path + "/config.json")))
    }

    @Test func `a block type without kernels is refused by name`() throws {
        let error = #expect(throws: EngineError.self) {
            try EngineHarness(Fixtures.path("gguf/llama-k-mixed-b.gguf"))
        }
        let types = ["Q2_K", "Q3_K", "IQ4_XS", "IQ4_NL"]
        #expect(types.contains { error?.description.contains($0) == true }, "\(error?.description ?? "none")")
        #expect(error?.description.contains("\n") == false)
    }
}

/// One case of a golden file.
struct GoldenCase {
    let prompt: [TokenID]
    let lastLogits: [Float]
    let greedy: [TokenID]
    let margins: [Double]
    let unstable: Set<Int>
    /// The most likely five tokens and the prompt's own token at each position.
    private let promptLogprobs: [(position: Int, token: TokenID, logprob: Float)]

    init(_ json: JSONValue) throws {
        prompt = json.tokens("prompt_token_ids")
        greedy = json.tokens("greedy_token_ids")
        lastLogits = (json["last_logits"]?.arrayValue ?? []).map { Float($0.doubleValue ?? .nan) }
        margins = (json["greedy_margins"]?.arrayValue ?? []).map { $0.doubleValue ?? 0 }
        unstable = Set((json["bf16_unstable_positions"]?.arrayValue ?? []).compactMap(\.intValue))
        var logprobs: [(position: Int, token: TokenID, logprob: Float)] = []
        for (position, item) in (json["prompt_logprobs"]?.arrayValue ?? []).enumerated() where !item.isNull {
            logprobs.append((position, prompt[position], Float(try #require(item["logprob"]?.doubleValue))))
            for pair in item["top"]?.arrayValue ?? [] {
                let token = TokenID(try #require(pair[0]?.intValue))
                logprobs.append((position, token, Float(try #require(pair[1]?.doubleValue))))
            }
        }
        promptLogprobs = logprobs
        try #require(!prompt.isEmpty && greedy.count == margins.count && !greedy.isEmpty && !lastLogits.isEmpty)
    }

    /// Greedy decoding with all log-probabilities of the prompt.
    var sampling: SamplingParams {
        var sampling = SamplingParams.greedy(maxTokens: greedy.count)
        sampling.ignoreEOS = true
        sampling.promptLogprobs = 20
        return sampling
    }

    func promptDifferences(_ output: RequestOutput) -> [(position: Int, difference: Float)] {
        promptLogprobs.map { expected in
            guard let item = output.promptLogprobs?[expected.position] else { return (expected.position, .infinity) }
            let found = ([item.sampled] + item.top).first { $0.token == expected.token }
            return (expected.position, found.map { abs($0.logprob - expected.logprob) } ?? .infinity)
        }
    }

    /// Expects equal tokens up to the first step at which the reference nearly tied.
    func expectGreedy(_ tokens: [TokenID], nearTie: Double, _ location: SourceLocation = #_sourceLocation) {
        let compared = margins.firstIndex { $0 < nearTie } ?? margins.count
        #expect(Array(tokens.prefix(compared)) == Array(greedy.prefix(compared)), sourceLocation: location)
        #expect(tokens.count == greedy.count, sourceLocation: location)
    }
}

/// A model without an engine, for one sequence and one step.
struct DirectModel {
    private let model: any LanguageModel
    private let backend: CPUBackend
    private let dtype: ElementType

    init(_ path: String, dtype: ElementType) throws {
        let checkpoint = try Checkpoint.open(path: path)
        backend = try CPUBackend()
        self.dtype = dtype
        let loader = WeightLoader(
            weights: checkpoint.weights, backend: backend, inputFormat: InputFormat(dtype))
        model = try ModelRegistry.load(checkpoint.config, loader)
    }

    /// Runs the model in float32.
    init(_ model: any LanguageModel, _ backend: CPUBackend) {
        self.model = model
        self.backend = backend
        dtype = .float32
    }

    func lastLogits(_ ids: [TokenID]) -> [Float] {
        let context = ForwardContext(
            model, oneSequenceOf: ids.count, cacheType: model.cacheType(for: dtype), on: backend)
        let hidden = model.forward(ForwardInput(ids: ids, positions: ids.indices.map(Int32.init)), context)
        let logits = model.logits(hidden.rows(ids.count - 1..<ids.count), context)
        backend.synchronize()
        return logits.floatArray
    }
}

enum Cosine {
    static func of(_ left: [Float], _ right: [Float]) -> Float {
        func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        return Float(dot(left, right) / (dot(left, left) * dot(right, right)).squareRoot())
    }
}

extension JSONValue {
    func tokens(_ key: String) -> [TokenID] {
        (self[key]?.arrayValue ?? []).compactMap { $0.intValue.map(TokenID.init) }
    }
}
