import Support
import Tensor

/// How the files of a GGUF architecture differ from Hugging Face's form, in which model code reads them: the names of
/// settings and tensors, and the order of rows. Facts of llama.cpp's converter.
struct GGUFArchitecture: Sendable {
    let className: String
    /// Hugging Face's keys where they differ from the usual ones.
    var keys: [String: String] = [:]
    /// Settings that all models of the architecture share and their files leave out.
    var constants = JSONObject()
    /// Members of the rotary settings that files leave out.
    var ropeConstants = JSONObject()
    /// Hugging Face's keys for the factor of cosines and sines.
    var ropeScaleKeys = ["attention_factor"]
    /// Flags of the file that must have this value if present.
    var required: [String: Bool] = [:]
    /// Whether the model has rotary settings.
    var hasRope = true
    /// Whether attention caches latents, whose files have settings of their own.
    var hasLatents = false
    /// Where the rotary base of layers with a window is; nil if all layers share their rotary settings.
    var localRope: LocalRope?
    /// Number of layers of the one model whose scores are scaled by hidden size / heads in place of the size of a head;
    /// nil for architectures without such a setting.
    var layerCountOfWideScores: Int?
    /// Settings that are true if the file has the tensor.
    var flags = ["attention_bias": "blk.0.attn_q.bias", "mlp_bias": "blk.0.ffn_up.bias"]
    /// Hugging Face's names of tensors outside of layers, without `.weight` and `.bias`.
    var modules = ["token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"]
    /// Prefix of the names within a layer, before its number.
    var layers = "model.layers."
    /// Hugging Face's names within a layer where they differ from `usualLayerModules`. `{expert}` stands for the index
    /// in a tensor that stacks matrices; a key with `.weight` or `.bias` gives the whole name.
    var layerModules: [String: String] = [:]
    /// Orders of rows, by the names in the file.
    var rowOrders: [String: RowOrder] = [:]
    /// Names of matrices that files store transposed.
    var transposed: Set<String> = []
    /// Amount that the converter added to the weights of norms.
    var normOffset: Float = 0

    init(_ className: String) { self.className = className }

    /// An order of rows that differs from Hugging Face's.
    enum RowOrder: Sendable {
        /// The two dimensions of a rotary pair are adjacent in query heads.
        case queryPairs
        /// The same in key heads.
        case keyPairs
        /// All query heads, all key heads, all value heads; Hugging Face has them by groups that share a key.
        case separateHeads
        /// The rows of one part, then those of the other; Hugging Face alternates them.
        case separateParts
    }

    /// The rotary settings of layers with a window.
    struct LocalRope: Sendable {
        /// The base of files that state none; nil for that of the other layers.
        var defaultBase: Double?
    }

    static let expert = "{expert}"

    /// The names within a layer of most architectures.
    static let usualLayerModules = [
        "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj", "attn_qkv": "self_attn.qkv_proj", "attn_output": "self_attn.o_proj",
        "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm",
        "ffn_norm": "post_attention_layernorm", "post_attention_norm": "post_attention_layernorm",
        "post_ffw_norm": "post_feedforward_layernorm",
        "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
        "ffn_gate_inp": "mlp.gate", "ffn_gate_exps": "mlp.experts.{expert}.gate_proj",
        "ffn_up_exps": "mlp.experts.{expert}.up_proj", "ffn_down_exps": "mlp.experts.{expert}.down_proj",
    ]

    /// The Hugging Face name of a tensor in the file; a name that is not in the tables is returned unchanged.
    func huggingFaceName(_ name: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, let module = modules[parts[0]] { return "\(module).\(parts[1])" }
        guard parts.count == 4, parts[0] == "blk" else { return name }
        let prefix = "\(layers)\(parts[1])."
        if let whole = layerModules["\(parts[2]).\(parts[3])"] { return prefix + whole }
        guard let module = layerModules[parts[2]] ?? Self.usualLayerModules[parts[2]] else { return name }
        return "\(prefix)\(module).\(parts[3])"
    }
}

/// The sizes of attention heads, on which orders of rows depend.
struct GGUFHeads: Sendable {
    var count: Int
    var kvCount: Int
    var dim: Int

    /// The stored row of each of Hugging Face's rows; nil for a matrix that cannot have this order. `rowCount`: rows of
    /// the matrix, or of all parts.
    func rowMap(_ order: GGUFArchitecture.RowOrder, rowCount: Int) -> RowMap? {
        switch order {
        case .queryPairs where rowCount == count * dim && dim % 2 == 0: .interleavedHeads(count: count, headDim: dim)
        case .keyPairs where rowCount == kvCount * dim && dim % 2 == 0: .interleavedHeads(count: kvCount, headDim: dim)
        case .separateHeads where rowCount == (count + 2 * kvCount) * dim && count % kvCount == 0:
            .groupsOfSeparateHeads(count: count, kvCount: kvCount, headDim: dim)
        case .separateParts where rowCount % 2 == 0: .alternating(partCount: 2, rowCount: rowCount / 2)
        case .queryPairs, .keyPairs, .separateHeads, .separateParts: nil
        }
    }
}
