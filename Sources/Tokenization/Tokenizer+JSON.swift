package import Support

extension Tokenizer {
    /// Builds a tokenizer from `tokenizer.json`; `tokenizer_config.json` assigns roles to tokens and may add tokens.
    package init(tokenizerJSON: JSONValue, configJSON: JSONValue? = nil) throws(TokenizerError) {
        try self.init(tokenizerJSON: tokenizerJSON, settings: TokenizerSettings(configJSON))
    }

    init(tokenizerJSON: JSONValue, settings: TokenizerSettings) throws(TokenizerError) {
        let fields = try TokenizerFields(tokenizerJSON, path: "")
        let decoder = try TextDecoder(try fields.object("decoder"))
        let model = try BPEDefinition(try fields.object("model"))
        var tokens = model.tokens
        let addedTokens = try Self.addedTokens(fields, settings, model: model)
        for token in addedTokens { try Self.place(token, in: &tokens) }
        let names = Dictionary(addedTokens.map { (Array($0.content.utf8), $0.id) }) { first, _ in first }
        try self.init(
            TokenizerDefinition(
                tokens: tokens, modelIDs: model.tokens.indices, merges: model.merges, options: model.options,
                addedTokens: addedTokens, spelling: decoder.spelling, hasFallback: model.hasFallback,
                leadingSpace: decoder.leadingSpace,
                normalizer: try Self.normalizer(fields, decoder.spelling),
                preTokenizer: try Self.preTokenizer(fields, decoder.spelling),
                template: fields.has("post_processor")
                    ? try PostProcessors.make(fields.object("post_processor")) : .plain,
                specialTokenIDs: SpecialTokenIDs(
                    bos: Self.roleID("bos_token", settings, names, model),
                    eos: Self.roleID("eos_token", settings, names, model),
                    unknown: Self.roleID("unk_token", settings, names, model),
                    padding: Self.roleID("pad_token", settings, names, model))))
    }

    /// The normalizer; that of a spaced vocabulary works on text in which every `▁` is a space.
    private static func normalizer(
        _ fields: TokenizerFields, _ spelling: Spelling
    ) throws(TokenizerError) -> (any Normalizer)? {
        guard case .spaced = spelling else {
            return fields.has("normalizer") ? try Normalizers.make(fields.object("normalizer")) : nil
        }
        var members: [any Normalizer] = []
        if fields.has("normalizer") { members = try Normalizers.spaced(fields.object("normalizer")) }
        return NormalizerSequence(members: members + [SpaceMarkNormalizer()])
    }

    private static func preTokenizer(
        _ fields: TokenizerFields, _ spelling: Spelling
    ) throws(TokenizerError) -> PreTokenizer {
        if case .spaced = spelling {
            guard fields.has("pre_tokenizer") else { return PreTokenizer([]) }
            return try PreTokenizer(spaced: fields.object("pre_tokenizer"), hasMarks: fields.has("normalizer"))
        }
        let preTokenizer = try fields.object("pre_tokenizer")
        try requireByteLevel(preTokenizer)
        return try PreTokenizer(preTokenizer)
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

    /// The id of the token that has a role in the configuration.
    private static func roleID(
        _ role: String, _ settings: TokenizerSettings, _ names: [[UInt8]: UInt32], _ model: BPEDefinition
    ) -> UInt32? {
        guard let content = settings.token(role) else { return nil }
        return names[Array(content.utf8)] ?? model.id(of: content)
    }
}

extension Tokenizer {
    private static func addedTokens(
        _ fields: TokenizerFields, _ settings: TokenizerSettings, model: BPEDefinition
    ) throws(TokenizerError) -> [AddedToken] {
        var tokens: [AddedToken] = []
        var known: Set<[UInt8]> = []
        if fields.has("added_tokens") {
            for entry in try fields.objects("added_tokens") {
                let token = try AddedToken(entry, id: try entry.tokenID("id"))
                if known.insert(Array(token.content.utf8)).inserted { tokens.append(token) }
            }
        }
        for token in try settings.addedTokens() where known.insert(Array(token.content.utf8)).inserted {
            tokens.append(token)
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
