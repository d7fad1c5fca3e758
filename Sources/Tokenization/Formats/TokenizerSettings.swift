internal import Support

/// `tokenizer_config.json` with what the other files beside the vocabulary add to it.
struct TokenizerSettings {
    let fields: TokenizerFields
    /// The tokenizer's class in `transformers`, without `Fast`; nil if it is not named.
    let className: String?
    /// The model's type, such as `llama`; nil if it is not known.
    let modelType: String?

    init(_ json: JSONValue?, modelType: String? = nil) throws(TokenizerError) {
        fields = try TokenizerFields(json ?? [:], path: "tokenizer_config")
        let name = fields.has("tokenizer_class") ? try fields.string("tokenizer_class") : nil
        className = name.map { $0.hasSuffix("Fast") ? String($0.dropLast(4)) : $0 }
        self.modelType = modelType
    }

    /// The token with a role, such as `bos_token`, written as a string or as an object with `content`.
    func token(_ role: String) -> String? {
        fields[role]?.stringValue ?? fields[role]?["content"]?.stringValue
    }

    /// The tokens of `added_tokens_decoder`, by ascending id.
    func addedTokens() throws(TokenizerError) -> [AddedToken] {
        guard fields.has("added_tokens_decoder") else { return [] }
        let entries = try fields.object("added_tokens_decoder")
        var tokens: [AddedToken] = []
        for (key, value) in entries.members {
            let path = entries.path(key)
            let id = try TokenizerFields.tokenID(Int(key).map { .integer($0) } ?? .string(key), path: path)
            tokens.append(try AddedToken(try TokenizerFields(value, path: path), id: id))
        }
        return tokens.sorted { $0.id < $1.id }
    }

    /// The tokens that the configuration calls special, besides those of `added_tokens_decoder`; without ids.
    func specialTokens() throws(TokenizerError) -> [AddedToken] {
        let roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]
        var tokens: [AddedToken] = []
        for role in roles where fields.has(role) {
            tokens += try Self.specialToken(fields.required(role), path: fields.path(role)).map { [$0] } ?? []
        }
        for key in ["additional_special_tokens", "extra_special_tokens"] where fields.has(key) {
            for value in fields[key]?.arrayValue ?? fields[key]?.objectValue?.values ?? [] {
                tokens += try Self.specialToken(value, path: fields.path(key)).map { [$0] } ?? []
            }
        }
        return tokens
    }

    private static func specialToken(_ value: JSONValue, path: String) throws(TokenizerError) -> AddedToken? {
        if let content = value.stringValue {
            return content.isEmpty ? nil : AddedToken(id: 0, content: content, isSpecial: true)
        }
        var token = try AddedToken(try TokenizerFields(value, path: path), id: 0)
        token.isSpecial = true
        return token
    }
}
