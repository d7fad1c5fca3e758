import Architectures
import CPUBackend
import Checkpoint
import Layers
import Support
import Tensor
import TestSupport
import Testing

/// What DeepSeek's configurations say beyond their goldens.
@Suite struct DeepSeekTests {
    /// Loads a fixture with other settings and returns the error's message.
    private static func failure(_ fixture: String, _ changes: JSONObject) throws -> String? {
        let checkpoint = try Checkpoint.open(path: Fixtures.path("models/\(fixture)"))
        let loader = WeightLoader(weights: checkpoint.weights, backend: try CPUBackend(), inputFormat: .float32)
        do {
            _ = try ModelRegistry.load(checkpoint.config.overridden(by: changes), loader)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test(
        arguments: [
            ("v2", ["qk_head_dim": 20], "qk_head_dim: expected 24, found 20"),
            ("v2", ["num_key_value_heads": 1], "num_key_value_heads: expected 4, found 1"),
            ("v2", ["qk_rope_head_dim": 7, "qk_head_dim": 23], "qk_rope_head_dim: expected an even number, found 7"),
            ("v2", ["scoring_func": "sigmoid"], "scoring_func: expected softmax, found sigmoid"),
            ("v2", ["norm_topk_prob": true], "norm_topk_prob: expected false, found true"),
            ("v2", ["topk_method": "noaux_tc"], "topk_method: expected greedy or group_limited_greedy, found noaux_tc"),
            ("v2", ["topk_method": "group_limited_greedy"], "n_group: expected an integer, found none"),
            ("v3", ["topk_method": "greedy"], "topk_method: expected noaux_tc, found greedy"),
            ("v3", ["n_group": 3], "n_group: expected a divisor of 8 experts, found 3"),
            ("v3", ["topk_group": 5], "topk_group: expected at most 4 groups, with at least 2 experts, found 5"),
            (
                "v3", ["num_experts_per_tok": 5],
                "topk_group: expected at most 4 groups, with at least 5 experts, found 2"
            ),
            ("v3", ["num_experts_per_tok": 9], "num_experts_per_tok: expected at most 8 experts, found 9"),
            (
                "v3", ["kv_lora_rank": 30],
                "'model.layers.0.self_attn.kv_a_proj_with_mqa.weight': expected shape [38, 64]"
            ),
            ("v3", ["v_head_dim": 8], "'model.layers.0.self_attn.kv_b_proj.weight': expected shape [96, 32]"),
            (
                "v3", ["moe_layer_freq": 2],
                "tensor 'model.layers.1.mlp.gate_proj.weight': expected a tensor of this name"
            ),
            ("v3", ["num_hidden_layers": 1], "expected a tensor that the model reads"),
        ] as [(String, JSONObject, String)])
    func `settings that contradict each other or the tensors are named`(
        version: String, changes: JSONObject, message: String
    ) throws {
        let found = try Self.failure("deepseek-\(version)", changes)
        #expect(found?.contains(message) == true, "\(found ?? "none")")
    }

    @Test func `settings of published files that transformers does not write are known`() throws {
        var settings: JSONObject = [
            "ep_size": 1, "moe_layer_freq": 1, "scoring_func": "sigmoid", "topk_method": "noaux_tc",
            "aux_loss_alpha": 0.001, "seq_aux": true,
        ]
        #expect(try Self.failure("deepseek-v3", settings) == nil)
        (settings["scoring_func"], settings["topk_method"]) = ("softmax", "greedy")
        #expect(try Self.failure("deepseek-v2", settings) == nil)
    }

    @Test func `layers that predict further tokens are ignored`() throws {
        #expect(try Self.failure("deepseek-v3", ["num_hidden_layers": 1, "num_nextn_predict_layers": 1]) == nil)
    }

    /// Whole projections of old files are quantised along the latents, and the queries need them the other way round.
    @Test func `rows of a quantised matrix can be loaded transposed`() throws {
        let backend = try CPUBackend()
        let weights = try Checkpoint.open(path: Fixtures.path("gguf/llama-q8_0.gguf")).weights
        let loader = WeightLoader(weights: weights, backend: backend, inputFormat: .float32)
        let name = "model.layers.0.mlp.up_proj"
        let entry = try #require(weights.entry(named: name + ".weight"))
        let (rowCount, width) = (entry.extents[0], entry.extents[1])
        #expect(entry.format == .q8_0)
        func product(isTransposed: Bool) throws -> Tensor {
            let (inputs, outputs) = isTransposed ? (5, width) : (width, 5)
            var matrix = WeightLoader.Matrix(name, outputCount: outputs, isTransposed: isTransposed)
            matrix.place = .rows(9..<14, of: rowCount)
            let linear = try loader.linear([matrix], inputCount: inputs, parallelism: .replicated)
            let unit = (0..<inputs * inputs).map { Float($0 % (inputs + 1) == 0 ? 1 : 0) }
            let output = Tensor(zeros: Shape(inputs, outputs))
            backend.linear(
                .rows(Tensor(unit, shape: Shape(inputs, inputs))), linear.weights, LinearEpilogue(), output: output)
            return output
        }
        let (stored, transposed) = (try product(isTransposed: false), try product(isTransposed: true))
        for row in 0..<5 {
            let expected = (0..<width).map { stored.floatArray[$0 * 5 + row] }
            #expect(transposed.rows(row..<row + 1).floatArray == expected)
            #expect(expected.contains { $0 != 0 })
        }
    }
}
