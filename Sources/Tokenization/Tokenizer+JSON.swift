package import Support

extension Tokenizer {
    /// Builds a tokenizer from `tokenizer.json`; `tokenizer_config.json` assigns roles to tokens and may add tokens.
    package init(tokenizerJSON: JSONValue, configJSON: JSONValue? = nil) throws(TokenizerError) {
        let fields = try TokenizerFields(tokenizerJSON, path: "")
        let config = try TokenizerFields(configJSON ?? [:], path: "tokenizer_config")
        let preTokenizer = try fields.object("pre_tokenizer")
        try Self.requireByteLevel(preTokenizer)
        let decoderType = try fields.object("decoder").string("type")
        guard decoderType == "ByteLevel" else {
            throw .unsupported(field: "decoder.type", value: decoderType, known: ["ByteLevel"])
        }
        let model = try BPEDefinition(try fields.object("model"))
        var tokens = model.tokens
        let addedTokens = try Self.addedTokens(fields, config, model: model)
        for token in addedTokens { try Self.place(token, in: &tokens) }
        let names = Dictionary(addedTokens.map { (Array($0.content.utf8), $0.id) }) { first, _ in first }
        try self.init(
            TokenizerDefinition(
                tokens: tokens, modelCount: model.tokens.count, merges: model.merges, options: model.options,
                addedTokens: addedTokens,
                normalizer: fields.has("normalizer") ? try Normalizers.make(fields.object("normalizer")) : nil,
                preTokenizer: try PreTokenizer(preTokenizer),
                template: fields.has("post_processor")
                    ? try PostProcessors.make(fields.object("post_processor")) : .plain,
                specialTokenIDs: SpecialTokenIDs(
                    bos: Self.roleID("bos_token", config, names, model),
                    eos: Self.roleID("eos_token", config, names, model),
                    unknown: Self.roleID("unk_token", config, names, model),
                    padding: Self.roleID("pad_token", config, names, model))))
    }

    /// Throws without a byte-level pre-tokenizer: only with one is the vocabulary spelled in the byte alphabet.
    private static func requireByteLevel(_ fields: TokenizerFields) throws(TokenizerError) {
        let type = try fields.string("type")
        var types = [type]
        if type == "Sequence" {
            for member in try fields.objects("pretokenizers") { types.append(try member.string("type")) }
        }
        guard types.contains("ByteLevel") else {
            throw .unsupported(
                field: fields.path("type"), value: type, known: ["ByteLevel", "Sequence with a ByteLevel"])
        }
    }

    /// The id of the token that has a role in the configuration, written as a string or as an object with `content`.
    private static func roleID(
        _ role: String, _ config: TokenizerFields, _ names: [[UInt8]: UInt32], _ model: BPEDefinition
    ) -> UInt32? {
        guard let content = config[role]?.stringValue ?? config[role]?["content"]?.stringValue else { return nil }
        return names[Array(content.utf8)] ?? model.id(of: content)
    }
}

extension Tokenizer {
    private static func addedTokens(
        _ fields: TokenizerFields, _ config: TokenizerFields, model: BPEDefinition
    ) throws(TokenizerError) -> [AddedToken] {
        var tokens: [AddedToken] = []
        var known: Set<[UInt8]> = []
        if fields.has("added_tokens") {
            for entry in try fields.objects("added_tokens") {
                let token = try AddedToken(entry, id: try entry.tokenID("id"))
                if known.insert(Array(token.content.utf8)).inserted { tokens.append(token) }
            }
        }
        if config.has("added_tokens_decoder") {
            let entries = try config.object("added_tokens_decoder")
            for (key, value) in entries.members {
                let path = entries.path(key)
                let id = try TokenizerFields.tokenID(Int(key).map { .integer($0) } ?? .string(key), path: path)
                let token = try AddedToken(try TokenizerFields(value, path: path), id: id)
                if known.insert(Array(token.content.utf8)).inserted { tokens.append(token) }
            }
        }
        // A token that is also in the model keeps the model's id.
        return tokens.map { token in
            var token = token
            token.id = model.id(of: token.content) ?? token.id
            return token
        }
    }

    private static func place(_ token: AddedToken, in tokens: inout [String]) throws(TokenizerError) {
        let id = Int(token.id)
        if id >= tokens.count { tokens += [String](repeating: "", count: id + 1 - tokens.count) }
        guard tokens[id].isEmpty || tokens[id].utf8.elementsEqual(token.content.utf8) else {
            throw .inconsistent("the id \(id) belongs to both \(tokens[id]) and \(token.content)")
        }
        tokens[id] = token.content
    }
}
