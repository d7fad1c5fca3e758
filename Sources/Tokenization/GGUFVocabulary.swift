/// The `tokenizer.ggml.*` metadata of a GGUF file.
package struct GGUFVocabulary: Hashable, Sendable {
    /// The algorithm (`tokenizer.ggml.model`): `gpt2`, `llama`, `gemma4` or `whitespace`.
    package var model: String
    /// The name of the pre-tokenizer (`tokenizer.ggml.pre`); `default` if the file does not name one.
    package var pre: String
    /// Token spellings by id (`tokenizer.ggml.tokens`).
    package var tokens: [String]
    /// Token types by id (`tokenizer.ggml.token_type`): 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6
    /// byte; empty if all are normal.
    package var tokenTypes: [Int32]
    /// Scores by id (`tokenizer.ggml.scores`), the best merge first; only `llama` has them.
    package var scores: [Float]
    /// Merges as lines `left right`, best first (`tokenizer.ggml.merges`).
    package var merges: [String]
    /// Ids of the tokens with a role (`tokenizer.ggml.{bos,eos,eot,unknown,padding}_token_id`).
    package var specialTokenIDs: SpecialTokenIDs
    /// Whether to add BOS (`tokenizer.ggml.add_bos_token`); nil leaves it to `pre`.
    package var addBOS: Bool?
    /// Whether to add EOS (`tokenizer.ggml.add_eos_token`); nil means no.
    package var addEOS: Bool?
    /// Whether to prepend a space (`tokenizer.ggml.add_space_prefix`); nil means no, but yes for `llama`.
    package var addSpacePrefix: Bool?

    package init(
        model: String, pre: String = "default", tokens: [String], tokenTypes: [Int32] = [], scores: [Float] = [],
        merges: [String] = [],
        specialTokenIDs: SpecialTokenIDs = SpecialTokenIDs(), addBOS: Bool? = nil, addEOS: Bool? = nil,
        addSpacePrefix: Bool? = nil
    ) {
        self.model = model
        self.pre = pre
        self.tokens = tokens
        self.tokenTypes = tokenTypes
        self.scores = scores
        self.merges = merges
        self.specialTokenIDs = specialTokenIDs
        self.addBOS = addBOS
        self.addEOS = addEOS
        self.addSpacePrefix = addSpacePrefix
    }
}

extension GGUFVocabulary {
    /// The tokens with their types and scores.
    func scored() throws(TokenizerError) -> ScoredVocabulary {
        var vocabulary = ScoredVocabulary()
        for (id, token) in tokens.enumerated() {
            let type =
                tokenTypes.isEmpty
                ? TokenType.normal
                : try TokenType(Int(tokenTypes[id]), field: "tokenizer.ggml.token_type[\(id)]")
            vocabulary.append(token, type, score: scores.isEmpty ? nil : scores[id])
        }
        return vocabulary
    }

    /// Checks the algorithm, and the counts and ids that the tables rely on.
    func validate() throws(TokenizerError) {
        let known = ["gemma4", "gpt2", "llama", "whitespace"]
        guard known.contains(model) else {
            throw .unsupported(field: "tokenizer.ggml.model", value: model, known: known)
        }
        guard model != "llama" || scores.count == tokens.count else {
            throw .invalid(
                field: "tokenizer.ggml.scores", value: "\(scores.count) long",
                allowed: "\(tokens.count) long, one entry per token")
        }
        if let id = scores.firstIndex(where: \.isNaN) {
            throw .invalid(field: "tokenizer.ggml.scores[\(id)]", value: "NaN", allowed: "a number")
        }
        guard tokens.count <= Vocabulary.maximumID else {
            throw .invalid(
                field: "tokenizer.ggml.tokens", value: "\(tokens.count) long",
                allowed: "at most \(Vocabulary.maximumID) long")
        }
        guard tokenTypes.isEmpty || tokenTypes.count == tokens.count else {
            throw .invalid(
                field: "tokenizer.ggml.token_type", value: "\(tokenTypes.count) long",
                allowed: "\(tokens.count) long, one entry per token")
        }
        let roles = specialTokenIDs
        let ids = [
            ("bos", roles.bos), ("eos", roles.eos), ("eot", roles.endOfTurn), ("unknown", roles.unknown),
            ("padding", roles.padding),
        ]
        for case let (role, id?) in ids where id >= tokens.count {
            throw .invalid(
                field: "tokenizer.ggml.\(role)_token_id", value: "\(id)", allowed: "below \(tokens.count)")
        }
    }
}
