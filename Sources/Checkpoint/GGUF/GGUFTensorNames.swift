/// Maps GGUF's tensor names to Hugging Face's, the only ones that model code knows.
enum GGUFTensorNames {
    /// The Hugging Face name; a name that is not in the tables (such as `rope_freqs.weight`) is returned unchanged.
    static func huggingFaceName(_ name: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, let module = modules[parts[0]] { return "\(module).\(parts[1])" }
        if parts.count == 4, parts[0] == "blk", let module = layerModules[parts[2]] {
            return "model.layers.\(parts[1]).\(module).\(parts[3])"
        }
        return name
    }

    private static let modules = [
        "token_embd": "model.embed_tokens",
        "output_norm": "model.norm",
        "output": "lm_head",
    ]

    private static let layerModules = [
        "attn_norm": "input_layernorm",
        "attn_q": "self_attn.q_proj",
        "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj",
        "attn_output": "self_attn.o_proj",
        "attn_q_norm": "self_attn.q_norm",
        "attn_k_norm": "self_attn.k_norm",
        "ffn_norm": "post_attention_layernorm",
        "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj",
        "ffn_down": "mlp.down_proj",
    ]
}

extension GGUF {
    /// The tensors under their Hugging Face names. Llama 3 files carry the divisors of their rotary frequencies as the
    /// tensor `rope_freqs.weight` (head size / 2 values) instead of a scaling type in the metadata.
    package func weights() throws(LoadError) -> WeightFiles {
        try WeightFiles(
            location: file.name, tensors.map { (GGUFTensorNames.huggingFaceName($0.name), $0) })
    }
}
