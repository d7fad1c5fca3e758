import Support

/// The settings in the metadata of GGUF files, and Hugging Face's usual keys for them.
enum GGUFSettings {
    static let required = [
        ("embedding_length", "hidden_size"), ("feed_forward_length", "intermediate_size"),
        ("block_count", "num_hidden_layers"), ("attention.head_count", "num_attention_heads"),
        ("context_length", "max_position_embeddings"),
    ]

    static let integers = [
        ("attention.head_count_kv", "num_key_value_heads"), ("attention.key_length", "head_dim"),
        ("vocab_size", "vocab_size"), ("attention.sliding_window", "sliding_window"),
        ("expert_count", "num_experts"), ("expert_used_count", "num_experts_per_tok"),
        ("expert_feed_forward_length", "moe_intermediate_size"),
        ("expert_shared_feed_forward_length", "shared_expert_intermediate_size"),
        ("expert_shared_count", "n_shared_experts"), ("expert_group_count", "n_group"),
        ("expert_group_used_count", "topk_group"), ("leading_dense_block_count", "first_k_dense_replace"),
        ("attention.q_lora_rank", "q_lora_rank"), ("attention.kv_lora_rank", "kv_lora_rank"),
    ]

    static let numbers = [
        ("attention.layer_norm_rms_epsilon", "rms_norm_eps"), ("attention.layer_norm_epsilon", "layer_norm_eps"),
        ("attn_logit_softcapping", "attn_logit_softcapping"), ("final_logit_softcapping", "final_logit_softcapping"),
        ("logit_scale", "logit_scale"), ("attention.scale", "attention_multiplier"),
        ("embedding_scale", "embedding_multiplier"), ("residual_scale", "residual_multiplier"),
        ("attention.clamp_kqv", "clip_qkv"), ("expert_weights_scale", "routed_scaling_factor"),
    ]

    static let flags = [
        ("use_parallel_residual", "use_parallel_residual"), ("expert_weights_norm", "norm_topk_prob"),
    ]
}

extension GGUF {
    /// The settings under Hugging Face's usual keys.
    func settings(of architecture: String) throws(LoadError) -> JSONObject {
        var object = JSONObject()
        for (suffix, key) in GGUFSettings.required {
            object[key] = .integer(try requiredInt("\(architecture).\(suffix)"))
        }
        for (suffix, key) in GGUFSettings.integers {
            let range = 0...HFConfig.dimensions.upperBound
            // Zero stands for none.
            guard let value = try metadata.int("\(architecture).\(suffix)", in: range), value > 0 else { continue }
            object[key] = .integer(value)
        }
        for (suffix, key) in GGUFSettings.numbers {
            guard let value = try metadata.double("\(architecture).\(suffix)") else { continue }
            object[key] = .double(value)
        }
        guard object["rms_norm_eps"] != nil || object["layer_norm_eps"] != nil else {
            throw metadata.failure(
                "\(architecture).attention.layer_norm_rms_epsilon", expected: "a number", found: "none")
        }
        for (suffix, key) in GGUFSettings.flags {
            guard let value = try metadata.bool("\(architecture).\(suffix)") else { continue }
            object[key] = .bool(value)
        }
        if object["vocab_size"] == nil, let count = try metadata.elementCount("tokenizer.ggml.tokens") {
            object["vocab_size"] = .integer(count)
        }
        try addPattern(of: architecture, to: &object)
        return object
    }

    func requiredInt(_ key: String) throws(LoadError) -> Int {
        guard let value = try metadata.int(key, in: HFConfig.dimensions) else {
            throw metadata.failure(key, expected: "an integer", found: "none")
        }
        return value
    }

    /// Adds which layers have a window and which rotate: for windows, also as the period of layers without one.
    private func addPattern(of architecture: String, to object: inout JSONObject) throws(LoadError) {
        let windows = "\(architecture).attention.sliding_window_pattern"
        if metadata.isArray(windows), let slides = try metadata.bools(windows) {
            object["layer_types"] = .array(slides.map { $0 ? "sliding_attention" : "full_attention" })
        } else if let period = try metadata.int(windows, in: HFConfig.dimensions) {
            object["sliding_window_pattern"] = .integer(period)
        }
        if let rotates = try metadata.bools("\(architecture).attention.rope_pattern") {
            object["no_rope_layers"] = .array(rotates.map { .integer($0 ? 1 : 0) })
        }
    }
}
