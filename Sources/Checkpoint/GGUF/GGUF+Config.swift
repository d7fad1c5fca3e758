import Support

/// Hugging Face's names of a GGUF architecture.
private struct ArchitectureNames {
    let modelType: String
    let className: String
    /// Whether the converter reorders query and key rows so that rotary pairs are adjacent.
    let ropeIsInterleaved: Bool

    static let table: [String: ArchitectureNames] = [
        "llama": .init(modelType: "llama", className: "LlamaForCausalLM", ropeIsInterleaved: true),
        "qwen2": .init(modelType: "qwen2", className: "Qwen2ForCausalLM", ropeIsInterleaved: false),
    ]
}

extension GGUF {
    /// The configuration that the model's `config.json` at Hugging Face would hold. An architecture without a mapping
    /// keeps only its own name, so that the model registry refuses it by that name.
    package func config() throws(LoadError) -> HFConfig {
        guard let architecture = try metadata.string("general.architecture") else {
            throw metadata.failure("general.architecture", expected: "a string", found: "none")
        }
        var object = JSONObject()
        guard let names = ArchitectureNames.table[architecture] else {
            object["architectures"] = [.string(architecture)]
            return try HFConfig(JSONFields(file: file.name, object: object))
        }
        object["architectures"] = [.string(names.className)]
        object["model_type"] = .string(names.modelType)
        try addDimensions(of: architecture, to: &object)
        try addTokens(to: &object)
        try requireWholeHeads(of: architecture, object)
        object["rope_parameters"] = .object(try ropeParameters(of: architecture))
        object["is_causal"] = .bool(try metadata.bool("\(architecture).attention.causal") ?? true)
        let tensorNames = Set(tensors.map(\.name))
        object["tie_word_embeddings"] = .bool(!tensorNames.contains("output.weight"))
        object["attention_bias"] = .bool(tensorNames.contains("blk.0.attn_q.bias"))
        object["mlp_bias"] = .bool(tensorNames.contains("blk.0.ffn_up.bias"))
        try metadata.requireAllRead(prefix: architecture + ".")
        return try HFConfig(
            JSONFields(file: file.name, object: object), ropeIsInterleaved: names.ropeIsInterleaved)
    }

    private func addDimensions(of architecture: String, to object: inout JSONObject) throws(LoadError) {
        let required = [
            ("hidden_size", "embedding_length"), ("intermediate_size", "feed_forward_length"),
            ("num_hidden_layers", "block_count"), ("num_attention_heads", "attention.head_count"),
            ("max_position_embeddings", "context_length"),
        ]
        for (name, suffix) in required {
            let key = "\(architecture).\(suffix)"
            guard let value = try metadata.int(key, in: HFConfig.dimensions) else {
                throw metadata.failure(key, expected: "an integer", found: "none")
            }
            object[name] = .integer(value)
        }
        let optional = [
            ("num_key_value_heads", "attention.head_count_kv"), ("head_dim", "attention.key_length"),
            ("vocab_size", "vocab_size"),
        ]
        for (name, suffix) in optional {
            guard let value = try metadata.int("\(architecture).\(suffix)", in: HFConfig.dimensions) else { continue }
            object[name] = .integer(value)
        }
        if object["vocab_size"] == nil, let count = try metadata.elementCount("tokenizer.ggml.tokens") {
            object["vocab_size"] = .integer(count)
        }
        let epsilonKey = "\(architecture).attention.layer_norm_rms_epsilon"
        guard let epsilon = try metadata.double(epsilonKey) else {
            throw metadata.failure(epsilonKey, expected: "a number", found: "none")
        }
        object["rms_norm_eps"] = .double(epsilon)
        object["hidden_act"] = "silu"
    }

    /// Throws unless heads are rotated as a whole and values are as wide as keys, as in all mapped architectures.
    private func requireWholeHeads(of architecture: String, _ object: JSONObject) throws(LoadError) {
        guard let hidden = object["hidden_size"]?.intValue, let heads = object["num_attention_heads"]?.intValue else {
            return
        }
        let headDim = object["head_dim"]?.intValue ?? hidden / max(1, heads)
        for suffix in ["rope.dimension_count", "attention.value_length"] {
            let key = "\(architecture).\(suffix)"
            guard let found = try metadata.int(key, in: HFConfig.dimensions), found != headDim else { continue }
            throw metadata.failure(key, expected: "the size of a head, \(headDim)", found: "\(found)")
        }
    }

    private func addTokens(to object: inout JSONObject) throws(LoadError) {
        for name in ["bos", "eos"] {
            guard let id = try tokenID("\(name)_token_id") else { continue }
            object["\(name)_token_id"] = .integer(id)
        }
    }

    private func ropeParameters(of architecture: String) throws(LoadError) -> JSONObject {
        var rope = JSONObject()
        let prefix = "\(architecture).rope."
        rope["rope_theta"] = .double(try metadata.double(prefix + "freq_base") ?? 10_000)
        let linearFactor = try metadata.double(prefix + "scale_linear")
        let factor = try metadata.double(prefix + "scaling.factor") ?? linearFactor
        let type = try metadata.string(prefix + "scaling.type") ?? (factor == nil ? "none" : "linear")
        rope["rope_type"] = .string(type == "none" ? "default" : type)
        let length = try metadata.int(
            prefix + "scaling.original_context_length", in: 0...HFConfig.dimensions.upperBound)
        guard type != "none" else { return rope }
        if let factor { rope["factor"] = .double(factor) }
        if let length, length > 0 { rope["original_max_position_embeddings"] = .integer(length) }
        return rope
    }
}
