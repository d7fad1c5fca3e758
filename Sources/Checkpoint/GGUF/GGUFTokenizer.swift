/// The tokenizer that a GGUF file carries, as it is in the file.
package struct GGUFTokenizer: Sendable {
    /// The algorithm: `gpt2` (byte-level BPE), `llama` (SentencePiece BPE with scores), `bert`, `t5`, ...
    package var model: String
    /// The name of the pre-tokenizer of a byte-level BPE, such as `qwen2`.
    package var pre: String?
    /// By id.
    package var tokens: [String]
    /// By id: 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte. Empty or as many as tokens.
    package var tokenTypes: [Int]
    /// Pairs separated by a space, best first.
    package var merges: [String]
    /// By id. Empty or as many as tokens.
    package var scores: [Float]
    package var bosTokenID: Int?
    package var eosTokenID: Int?
    /// The token that ends a turn, where it is not the one that ends a text.
    package var eotTokenID: Int?
    package var unknownTokenID: Int?
    package var paddingTokenID: Int?
    /// Nil where the file leaves it to the algorithm, as with the next two.
    package var addBOSToken: Bool?
    package var addEOSToken: Bool?
    package var addSpacePrefix: Bool?
}

extension GGUF {
    /// Throws where there is no vocabulary, and for an id or a list that does not fit it.
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
        // Without them every character would be a token: other tokens than the model was trained on.
        guard model != "gpt2" || merges != nil else {
            throw metadata.failure(prefix + "merges", expected: "the merges of a BPE vocabulary", found: "none")
        }
        // Files from before the key; llama.cpp warns that it splits text in another way than the model's tokenizer.
        let pre = try metadata.string(prefix + "pre")
        guard model != "gpt2" || pre != nil else {
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
        try metadata.requireAllRead(prefix: "tokenizer.")
        return tokenizer
    }

    /// An id in the vocabulary. 0xFFFFFFFF stands for none.
    func tokenID(_ name: String) throws(LoadError) -> Int? {
        let key = "tokenizer.ggml.\(name)"
        let none = Int(UInt32.max)
        guard let id = try metadata.int(key, in: 0...none), id != none else { return nil }
        let count = try metadata.elementCount("tokenizer.ggml.tokens") ?? none
        guard id < count else { throw metadata.failure(key, expected: "an id below \(count)", found: "\(id)") }
        return id
    }
}
