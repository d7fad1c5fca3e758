internal import Support

/// The tokens of Mistral's `tekken.json`: special tokens first, then byte-pair tokens by rank.
struct Tekken {
    private let special: [String]
    private let ranks: ByteRanks

    /// Mistral's special tokens, which files from before 2025 do not list.
    private static let defaultSpecial = [
        "<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]",
        "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]",
        "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]",
    ]

    init(_ json: JSONValue) throws(TokenizerError) {
        let fields = try TokenizerFields(json, path: "")
        let config = try fields.object("config")
        special = try Self.special(fields, config)
        ranks = ByteRanks(
            tokens: try Self.tokens(fields, config, specialCount: special.count), pattern: try config.string("pattern"))
    }

    /// The tokenizer, which adds BOS unless the settings say otherwise, as Mistral's own does.
    func definition(_ settings: TokenizerSettings) throws(TokenizerError) -> TokenizerDefinition {
        let names = SpecialTokenNames(bos: "<s>", eos: "</s>", unknown: "<unk>", padding: "<pad>")
        var table = ranks.table(offset: special.count, special: special)
        try table.add(settings.addedTokens())
        try table.makeSpecial(settings.specialTokens())
        return try ranks.definition(table, settings, names: names, addsBOSByDefault: true)
    }

    /// The special tokens by id, filled up to the number that the file reserves.
    private static func special(
        _ fields: TokenizerFields, _ config: TokenizerFields
    ) throws(TokenizerError) -> [String] {
        var special = defaultSpecial
        if fields.has("special_tokens") {
            special = []
            for (index, entry) in try fields.objects("special_tokens").enumerated() {
                let rank = try entry.tokenID("rank")
                guard rank == index else {
                    throw .invalid(field: entry.path("rank"), value: "\(rank)", allowed: "\(index), in order")
                }
                special.append(try entry.string("token_str"))
            }
        }
        guard config.has("default_num_special_tokens") else { return special }
        let count = Int(try config.tokenID("default_num_special_tokens"))
        guard count >= special.count else {
            throw .invalid(
                field: config.path("default_num_special_tokens"), value: "\(count)",
                allowed: "\(special.count) or more, one for each of special_tokens")
        }
        return special + (special.count..<count).map { "<SPECIAL_\($0)>" }
    }

    /// The tokens by rank, without those beyond the size of the vocabulary.
    private static func tokens(
        _ fields: TokenizerFields, _ config: TokenizerFields, specialCount: Int
    ) throws(TokenizerError) -> [[UInt8]] {
        var entries = try fields.array("vocab")
        if config.has("default_vocab_size") {
            let size = Int(try config.tokenID("default_vocab_size")) - specialCount
            guard size >= 256, size <= entries.count else {
                throw .invalid(
                    field: config.path("default_vocab_size"), value: "\(size + specialCount)",
                    allowed:
                        "at most \(entries.count + specialCount) (the special tokens and vocab), and room for bytes")
            }
            entries.removeLast(entries.count - size)
        }
        var tokens: [[UInt8]] = []
        var known: Set<[UInt8]> = []
        for (rank, entry) in entries.enumerated() {
            let path = "\(fields.path("vocab"))[\(rank)]"
            guard entry["rank"]?.intValue == rank else {
                let found = entry["rank"]?.serialized.prefix(40) ?? "missing"
                throw .invalid(field: "\(path).rank", value: String(found), allowed: "\(rank), in order")
            }
            guard let text = entry["token_bytes"]?.stringValue, let token = Base64.decode(text.utf8), !token.isEmpty
            else {
                let found = entry["token_bytes"]?.serialized.prefix(40) ?? "missing"
                throw .invalid(field: "\(path).token_bytes", value: String(found), allowed: "Base64")
            }
            guard known.insert(token).inserted else { throw .inconsistent("\(path): the token has two ranks") }
            tokens.append(token)
        }
        try ByteRanks.requireAllBytes(tokens)
        return tokens
    }
}
