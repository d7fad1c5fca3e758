import Support

extension GGUFArchitecture {
    /// The mappings by `general.architecture`, and those of variants.
    static let table: [String: GGUFArchitecture] = [
        "bloom": .bloom,
        "cohere2": .init("Cohere2ForCausalLM"),
        "command-r": .cohere,
        "deepseek2": .deepseek("DeepseekV2ForCausalLM"),
        "deepseek2 with sigmoid scores": .deepseek("DeepseekV3ForCausalLM"),
        "ernie4_5": .init("Ernie4_5ForCausalLM"),
        "exaone4": .init("Exaone4ForCausalLM"),
        "falcon": .falcon,
        "falcon with groups": .groupedFalcon,
        "falcon with two norms": .twoNormFalcon,
        "gemma": .gemma("GemmaForCausalLM"),
        "gemma2": .gemma2,
        "gemma3": .gemma3,
        "glm4": .glm4,
        "gpt-oss": .gptOss,
        "gpt2": .gpt2,
        "gptneox": .gptNeoX,
        "granite": .granite("GraniteForCausalLM"),
        "granitemoe": .graniteMoe,
        "llama": .llama("LlamaForCausalLM"),
        "llama with a window": .llama("MistralForCausalLM"),
        "llama with experts": .mixtral,
        "nemotron": .nemotron,
        "olmo2": .init("Olmo2ForCausalLM"),
        "olmo2 with a window": .olmo3,
        "olmoe": .init("OlmoeForCausalLM"),
        "phi2": .phi,
        "phi3": .phi3,
        "phimoe": .phimoe,
        "qwen2": .init("Qwen2ForCausalLM"),
        "qwen2moe": .qwen2Moe,
        "qwen3": .init("Qwen3ForCausalLM"),
        "qwen3moe": .qwen3Moe,
        "smollm3": .llama("SmolLM3ForCausalLM"),
        "stablelm": .stableLM,
        "starcoder2": .starcoder2,
    ]

    /// The sign by which a variant of an architecture is recognised.
    enum Mark: Sendable {
        case setting(String, above: Int)
        case tensor(String)
    }

    /// The variants of architectures that stand for several Hugging Face classes; the first that fits is the file's.
    static let variants: [String: [(name: String, mark: Mark)]] = [
        "deepseek2": [("deepseek2 with sigmoid scores", .setting("expert_gating_func", above: 1))],
        "falcon": [
            ("falcon with two norms", .tensor("blk.0.attn_norm_2.weight")),
            ("falcon with groups", .setting("attention.head_count_kv", above: 1)),
        ],
        "llama": [
            ("llama with experts", .setting("expert_count", above: 0)),
            ("llama with a window", .setting("attention.sliding_window", above: 0)),
        ],
        "olmo2": [("olmo2 with a window", .setting("attention.sliding_window", above: 0))],
    ]
}

extension GGUFArchitecture {
    /// The converter reorders the rows of queries and keys of this and related architectures.
    private static func llama(_ className: String) -> Self {
        var architecture = Self(className)
        architecture.rowOrders = ["attn_q": .queryPairs, "attn_k": .keyPairs]
        return architecture
    }

    private static var mixtral: Self {
        var architecture = llama("MixtralForCausalLM")
        architecture.useMixtralNames()
        return architecture
    }

    private static var phimoe: Self {
        var architecture = Self("PhimoeForCausalLM")
        architecture.useMixtralNames()
        architecture.ropeScaleKeys = ["short_mscale", "long_mscale"]
        architecture.flags["lm_head_bias"] = "output.bias"
        return architecture
    }

    private mutating func useMixtralNames() {
        keys["num_experts"] = "num_local_experts"
        layerModules = [
            "ffn_gate_inp": "block_sparse_moe.gate", "ffn_gate_exps": "block_sparse_moe.experts.{expert}.w1",
            "ffn_up_exps": "block_sparse_moe.experts.{expert}.w3",
            "ffn_down_exps": "block_sparse_moe.experts.{expert}.w2",
        ]
    }

    private static func granite(_ className: String) -> Self {
        var architecture = llama(className)
        architecture.keys["logit_scale"] = "logits_scaling"
        // False in related architectures for layers that do not rotate.
        architecture.required["rope.scaling.finetuned"] = true
        return architecture
    }

    private static var graniteMoe: Self {
        var architecture = granite("GraniteMoeForCausalLM")
        architecture.keys["num_experts"] = "num_local_experts"
        architecture.layerModules = [
            "ffn_gate_inp": "block_sparse_moe.router.layer", "ffn_gate_exps": "block_sparse_moe.input_linear",
            "ffn_up_exps": "block_sparse_moe.input_linear", "ffn_down_exps": "block_sparse_moe.output_linear",
        ]
        return architecture
    }

    private static var gptOss: Self {
        var architecture = Self("GptOssForCausalLM")
        architecture.keys = ["num_experts": "num_local_experts", "moe_intermediate_size": "intermediate_size"]
        architecture.ropeConstants["truncate"] = false
        architecture.layerModules = [
            "attn_sinks.weight": "self_attn.sinks", "ffn_gate_inp": "mlp.router",
            "ffn_gate_exps.weight": "mlp.experts.gate_up_proj", "ffn_gate_exps.bias": "mlp.experts.gate_up_proj_bias",
            "ffn_up_exps.weight": "mlp.experts.gate_up_proj", "ffn_up_exps.bias": "mlp.experts.gate_up_proj_bias",
            "ffn_down_exps.weight": "mlp.experts.down_proj", "ffn_down_exps.bias": "mlp.experts.down_proj_bias",
        ]
        architecture.rowOrders = ["ffn_gate_exps": .separateParts, "ffn_up_exps": .separateParts]
        architecture.transposed = ["ffn_gate_exps", "ffn_up_exps", "ffn_down_exps"]
        return architecture
    }

    private static func deepseek(_ className: String) -> Self {
        var architecture = Self(className)
        architecture.hasLatents = true
        architecture.keys["num_experts"] = "n_routed_experts"
        architecture.constants = [
            "first_k_dense_replace": 0, "n_group": 1, "n_shared_experts": 0, "norm_topk_prob": false,
            "routed_scaling_factor": 1, "topk_group": 1,
        ]
        architecture.flags = ["attention_bias": "blk.0.attn_kv_a_mqa.bias"]
        architecture.layerModules = [
            "attn_q_a": "self_attn.q_a_proj", "attn_q_a_norm": "self_attn.q_a_layernorm",
            "attn_q_b": "self_attn.q_b_proj", "attn_kv_a_mqa": "self_attn.kv_a_proj_with_mqa",
            "attn_kv_a_norm": "self_attn.kv_a_layernorm", "attn_kv_b": "self_attn.kv_b_proj",
            "attn_k_b": "self_attn.k_b_proj", "attn_v_b": "self_attn.v_b_proj",
            "exp_probs_b.bias": "mlp.gate.e_score_correction_bias",
        ]
        architecture.useSharedExperts("mlp.shared_experts")
        architecture.transposed = ["attn_k_b"]
        return architecture
    }

    private mutating func useSharedExperts(_ module: String) {
        for (name, part) in [("gate", "gate_proj"), ("up", "up_proj"), ("down", "down_proj")] {
            layerModules["ffn_\(name)_shexp"] = "\(module).\(part)"
        }
    }

    private static var qwen2Moe: Self {
        var architecture = Self("Qwen2MoeForCausalLM")
        architecture.useSharedExperts("mlp.shared_expert")
        architecture.layerModules["ffn_gate_inp_shexp"] = "mlp.shared_expert_gate"
        return architecture
    }

    private static var qwen3Moe: Self {
        var architecture = Self("Qwen3MoeForCausalLM")
        architecture.constants["norm_topk_prob"] = true
        return architecture
    }
}
