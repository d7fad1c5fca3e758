/// The `tokenizer.ggml.*` metadata of a GGUF file.
package struct GGUFVocabulary: Hashable, Sendable {
    /// `tokenizer.ggml.model`
    package var model: String
    /// `tokenizer.ggml.pre`: how text is normalised and split; `default` where a file has none.
    package var pre: String
    /// `tokenizer.ggml.tokens`
    package var tokens: [String]
    /// `tokenizer.ggml.token_type`: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte. Empty: all normal.
    package var tokenTypes: [Int32]
    /// `tokenizer.ggml.merges`, lines `left right`
    package var merges: [String]
    /// `tokenizer.ggml.{bos,eos,eot,unknown,padding}_token_id`
    package var specialTokenIDs: SpecialTokenIDs
    /// `tokenizer.ggml.add_bos_token`; nil leaves it to `pre`
    package var addBOS: Bool?
    /// `tokenizer.ggml.add_eos_token`
    package var addEOS: Bool?
    /// `tokenizer.ggml.add_space_prefix`
    package var addSpacePrefix: Bool?

    package init(
        model: String, pre: String = "default", tokens: [String], tokenTypes: [Int32] = [], merges: [String],
        specialTokenIDs: SpecialTokenIDs = SpecialTokenIDs(), addBOS: Bool? = nil, addEOS: Bool? = nil,
        addSpacePrefix: Bool? = nil
    ) {
        self.model = model
        self.pre = pre
        self.tokens = tokens
        self.tokenTypes = tokenTypes
        self.merges = merges
        self.specialTokenIDs = specialTokenIDs
        self.addBOS = addBOS
        self.addEOS = addEOS
        self.addSpacePrefix = addSpacePrefix
    }
}

extension GGUFVocabulary {
    enum TokenType: Int32 {
        case normal = 1, unknown, control, userDefined, unused, byte
    }

    /// Tokens that text may spell out: control tokens and the user's own.
    func addedTokens() throws(TokenizerError) -> [AddedToken] {
        var added: [AddedToken] = []
        for (id, value) in tokenTypes.enumerated() {
            guard let type = TokenType(rawValue: value) else {
                throw .invalid(field: "tokenizer.ggml.token_type[\(id)]", value: "\(value)", allowed: "1 to 6")
            }
            let isFound = type == .control || type == .unknown || type == .userDefined
            guard isFound, !tokens[id].isEmpty else { continue }
            added.append(
                AddedToken(id: UInt32(id), content: tokens[id], isSpecial: type != .userDefined))
        }
        return added
    }

    /// Counts and ids that the tables rely on.
    func validate() throws(TokenizerError) {
        guard model == "gpt2" else {
            throw .unsupported(field: "tokenizer.ggml.model", value: model, known: ["gpt2"])
        }
        guard tokens.count <= Vocabulary.maximumID else {
            throw .invalid(
                field: "tokenizer.ggml.tokens", value: "\(tokens.count) long",
                allowed: "at most \(Vocabulary.maximumID) long")
        }
        guard tokenTypes.isEmpty || tokenTypes.count == tokens.count else {
            throw .invalid(
                field: "tokenizer.ggml.token_type", value: "\(tokenTypes.count) long",
                allowed: "\(tokens.count) long, as the tokens are")
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
