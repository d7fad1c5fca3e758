/// The tokenizer in the metadata of a GGUF file, unprocessed.
package struct GGUFTokenizer: Sendable {
    /// The algorithm: `gpt2` (byte-level BPE), `llama` (SentencePiece BPE with scores), `bert`, `t5`, ...
    package var model: String
    /// The name of the pre-tokenizer of a byte-level BPE, such as `qwen2`.
    package var pre: String?
    /// Token spellings by id.
    package var tokens: [String]
    /// Token types by id: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; empty or one per token.
    package var tokenTypes: [Int]
    /// The merges, pairs separated by a space, best first.
    package var merges: [String]
    /// Scores by id; empty or one per token.
    package var scores: [Float]
    /// Id of the beginning-of-sequence token.
    package var bosTokenID: Int?
    /// Id of the end-of-sequence token.
    package var eosTokenID: Int?
    /// Id of the token that ends a turn, if it is not the one that ends a text.
    package var eotTokenID: Int?
    /// Id of the token that stands for unknown text.
    package var unknownTokenID: Int?
    /// Id of the padding token.
    package var paddingTokenID: Int?
    /// Whether to add BOS; nil leaves it to the algorithm.
    package var addBOSToken: Bool?
    /// Whether to add EOS; nil leaves it to the algorithm.
    package var addEOSToken: Bool?
    /// Whether to prepend a space to text; nil leaves it to the algorithm.
    package var addSpacePrefix: Bool?
}

extension GGUF {
    /// Reads the tokenizer; throws if the vocabulary is missing, or if an id or the length of a list does not match it.
    package func tokenizer() throws(LoadError) -> GGUFTokenizer {
        let prefix = "tokenizer.ggml."
        guard let model = try metadata.string(prefix + "model") else {
            throw metadata.failure(prefix + "model", expected: "a string", found: "none")
        }
        guard let tokens = try metadata.strings(prefix + "tokens"), !tokens.isEmpty else {
            throw metadata.failure(prefix + "tokens", expected: "a vocabulary", found: "none")
        }
        let types = try metadata.ints(prefix + "token_type") ?? []
        let scores = try metadata.floats(prefix + "scores") ?? []
        for (key, count) in [("token_type", types.count), ("scores", scores.count)]
        where count != 0 && count != tokens.count {
            throw metadata.failure(prefix + key, expected: "\(tokens.count) elements", found: "\(count)")
        }
        let merges = try metadata.strings(prefix + "merges")
        let pre = try metadata.string(prefix + "pre")
        let isBPE = model == "gpt2" || model == "whitespace"
        // Without merges every character would be a token, unlike in training. Kimi's tokenizer has ranks instead.
        guard !isBPE || merges != nil || pre == "kimi-k2" else {
            throw metadata.failure(prefix + "merges", expected: "the merges of a BPE vocabulary", found: "none")
        }
        // Files from before this key: llama.cpp warns that it splits text differently from the model's tokenizer.
        guard !isBPE || pre != nil else {
            throw metadata.failure(
                prefix + "pre", expected: "the pre-tokenizer of a BPE vocabulary (convert the model again)",
                found: "none")
        }
        let tokenizer = GGUFTokenizer(
            model: model, pre: pre, tokens: tokens, tokenTypes: types,
            merges: merges ?? [], scores: scores,
            bosTokenID: try tokenID("bos_token_id"), eosTokenID: try tokenID("eos_token_id"),
            eotTokenID: try tokenID("eot_token_id"), unknownTokenID: try tokenID("unknown_token_id"),
            paddingTokenID: try tokenID("padding_token_id"),
            addBOSToken: try metadata.bool(prefix + "add_bos_token"),
            addEOSToken: try metadata.bool(prefix + "add_eos_token"),
            addSpacePrefix: try metadata.bool(prefix + "add_space_prefix"))
        // Templates are metadata of the tokenizer as well, under names that the file lists.
        _ = try chatTemplates()
        try metadata.requireAllRead(prefix: "tokenizer.")
        return tokenizer
    }

    /// The token id of a key, checked against the vocabulary; nil if absent or 0xFFFFFFFF.
    func tokenID(_ name: String) throws(LoadError) -> Int? {
        let key = "tokenizer.ggml.\(name)"
        let none = Int(UInt32.max)
        guard let id = try metadata.int(key, in: 0...none), id != none else { return nil }
        let count = try metadata.elementCount("tokenizer.ggml.tokens") ?? none
        guard id < count else { throw metadata.failure(key, expected: "an id below \(count)", found: "\(id)") }
        return id
    }
}
