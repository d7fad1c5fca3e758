import Architectures
import CPUBackend
import Checkpoint
import EngineTypes
import Layers
import Support
import Tensor
import TestSupport
import Testing

/// Classes under whose names checkpoints of another family's structure are published.
@Suite struct ClassAliasTests {
    private static let aliases: [(name: String, family: String, members: JSONObject)] = [
        ("AquilaForCausalLM", "llama", JSONObject()),
        ("AquilaModel", "llama", JSONObject()),
        ("CwmForCausalLM", "ministral", JSONObject()),
        ("IQuestCoderForCausalLM", "llama", JSONObject()),
        ("InternLM3ForCausalLM", "llama", ["bias": false, "qkv_bias": false]),
        ("InternLMForCausalLM", "llama3-rope", ["attention_bias": .null, "bias": true]),
        ("LLaMAForCausalLM", "llama", JSONObject()),
        ("PhiMoEForCausalLM", "phimoe", JSONObject()),
        (
            "StableLMEpochForCausalLM", "stablelm",
            [
                "rope_parameters": .null, "rope_theta": 10_000, "rope_pct": 0.25, "layer_norm_eps": .null,
                "norm_eps": 1e-5,
            ]
        ),
        ("TeleChat3ForCausalLM", "llama", JSONObject()),
        ("XverseForCausalLM", "llama", ["max_tokenizer_truncation": 200]),
    ]

    @Test(arguments: aliases)
    func `an alias loads the same model`(name: String, family: String, members: JSONObject) throws {
        let path = Fixtures.path("models/\(family)")
        let backend = try CPUBackend(threadCount: 1)
        func lastLogits(_ config: HFConfig) throws -> [Float] {
            let weights = try Checkpoint.open(path: path).weights
            let loader = WeightLoader(weights: weights, backend: backend, inputFormat: .float32)
            return try DirectModel(ModelRegistry.load(config, loader), backend).lastLogits([5, 17, 300, 42, 7, 255])
        }
        var object = try #require(Fixtures.json("models/\(family)/config.json").objectValue)
        object["architectures"] = [.string(name)]
        for (key, value) in members.members { object[key] = value }
        let alias = try HFConfig(JSONFields(file: "config.json", object: object))
        #expect(try lastLogits(alias) == lastLogits(HFConfig(path: path + "/config.json")))
    }
}
