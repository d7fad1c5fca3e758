import Support

/// Dense decoders whose names are not Llama's.
extension GGUFArchitecture {
    static func gemma(_ className: String) -> Self {
        var architecture = Self(className)
        architecture.normOffset = 1
        return architecture
    }

    static var gemma2: Self {
        var architecture = gemma("Gemma2ForCausalLM")
        architecture.keys["attention_multiplier"] = "query_pre_attn_scalar"
        architecture.layerModules["ffn_norm"] = "pre_feedforward_layernorm"
        architecture.layerCountOfWideScores = 46
        return architecture
    }

    static var gemma3: Self {
        var architecture = gemma("Gemma3ForCausalLM")
        architecture.keys["attention_multiplier"] = "query_pre_attn_scalar"
        architecture.layerModules["ffn_norm"] = "pre_feedforward_layernorm"
        architecture.layerCountOfWideScores = 62
        architecture.localRope = .init(defaultBase: 10_000)
        return architecture
    }

    static var olmo3: Self {
        var architecture = Self("Olmo3ForCausalLM")
        architecture.localRope = .init(defaultBase: nil)
        return architecture
    }

    static var cohere: Self {
        var architecture = Self("CohereForCausalLM")
        architecture.flags["use_qk_norm"] = "blk.0.attn_q_norm.weight"
        return architecture
    }

    static var glm4: Self {
        var architecture = Self("Glm4ForCausalLM")
        architecture.layerModules = [
            "post_attention_norm": "post_self_attn_layernorm", "post_ffw_norm": "post_mlp_layernorm",
            "ffn_up": "mlp.gate_up_proj",
        ]
        return architecture
    }

    static var nemotron: Self {
        var architecture = Self("NemotronForCausalLM")
        // The files have both, with the same value.
        architecture.keys = ["rms_norm_eps": "norm_eps", "layer_norm_eps": "norm_eps"]
        architecture.normOffset = 1
        return architecture
    }

    static var phi: Self {
        var architecture = Self("PhiForCausalLM")
        architecture.flags = [:]
        architecture.modules["output_norm"] = "model.final_layernorm"
        architecture.layerModules = [
            "attn_output": "self_attn.dense", "ffn_up": "mlp.fc1", "ffn_down": "mlp.fc2",
        ]
        return architecture
    }

    static var phi3: Self {
        var architecture = Self("Phi3ForCausalLM")
        architecture.layerModules["ffn_up"] = "mlp.gate_up_proj"
        return architecture
    }

    static var stableLM: Self {
        var architecture = Self("StableLmForCausalLM")
        architecture.flags = ["use_qkv_bias": "blk.0.attn_q.bias", "qk_layernorm": "blk.0.attn_q_norm.weight"]
        architecture.layerModules = [
            "attn_q_norm": "self_attn.q_layernorm.norms.{expert}",
            "attn_k_norm": "self_attn.k_layernorm.norms.{expert}",
        ]
        return architecture
    }

    static var starcoder2: Self {
        var architecture = Self("Starcoder2ForCausalLM")
        architecture.keys["layer_norm_eps"] = "norm_epsilon"
        architecture.flags = ["use_bias": "blk.0.attn_q.bias"]
        architecture.layerModules = ["ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj"]
        return architecture
    }

    static var gpt2: Self {
        var architecture = Self("GPT2LMHeadModel")
        architecture.keys = [
            "hidden_size": "n_embd", "intermediate_size": "n_inner", "num_hidden_layers": "n_layer",
            "num_attention_heads": "n_head", "max_position_embeddings": "n_positions",
            "layer_norm_eps": "layer_norm_epsilon",
        ]
        architecture.flags = [:]
        architecture.hasRope = false
        architecture.modules = [
            "token_embd": "wte", "position_embd": "wpe", "output_norm": "ln_f", "output": "lm_head",
        ]
        architecture.layers = "h."
        architecture.layerModules = [
            "attn_norm": "ln_1", "attn_qkv": "attn.c_attn", "attn_output": "attn.c_proj", "ffn_norm": "ln_2",
            "ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj",
        ]
        architecture.transposed = ["attn_qkv", "attn_output", "ffn_up", "ffn_down"]
        return architecture
    }

    static var gptNeoX: Self {
        var architecture = Self("GPTNeoXForCausalLM")
        architecture.flags = ["attention_bias": "blk.0.attn_qkv.bias"]
        architecture.modules = [
            "token_embd": "gpt_neox.embed_in", "output_norm": "gpt_neox.final_layer_norm", "output": "embed_out",
        ]
        architecture.layers = "gpt_neox.layers."
        architecture.useFusedNames(attention: "attention")
        return architecture
    }

    static var bloom: Self {
        var architecture = Self("BloomForCausalLM")
        architecture.keys = ["num_attention_heads": "n_head", "num_hidden_layers": "n_layer"]
        architecture.useTransformerNames()
        architecture.flags = [:]
        architecture.modules["token_embd_norm"] = "transformer.word_embeddings_layernorm"
        return architecture
    }

    static var falcon: Self {
        var architecture = Self("FalconForCausalLM")
        architecture.keys = ["intermediate_size": "ffn_hidden_size", "num_key_value_heads": "num_kv_heads"]
        architecture.useTransformerNames()
        architecture.flags = ["bias": "blk.0.attn_qkv.bias"]
        return architecture
    }

    static var groupedFalcon: Self {
        var architecture = falcon
        architecture.constants = ["new_decoder_architecture": true, "num_ln_in_parallel_attn": 1]
        return architecture
    }

    static var twoNormFalcon: Self {
        var architecture = falcon
        architecture.constants = ["new_decoder_architecture": true]
        architecture.layerModules["attn_norm"] = "ln_mlp"
        architecture.layerModules["attn_norm_2"] = "ln_attn"
        return architecture
    }

    private mutating func useTransformerNames() {
        keys["layer_norm_eps"] = "layer_norm_epsilon"
        modules = [
            "token_embd": "transformer.word_embeddings", "output_norm": "transformer.ln_f", "output": "lm_head",
        ]
        layers = "transformer.h."
        useFusedNames(attention: "self_attention")
    }

    /// The names of models that store query, key and value of each head together.
    private mutating func useFusedNames(attention: String) {
        rowOrders["attn_qkv"] = .separateHeads
        layerModules["attn_qkv"] = "\(attention).query_key_value"
        layerModules["attn_output"] = "\(attention).dense"
        layerModules["ffn_up"] = "mlp.dense_h_to_4h"
        layerModules["ffn_down"] = "mlp.dense_4h_to_h"
    }
}
