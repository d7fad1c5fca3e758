internal import Support

/// The `model` component of `tokenizer.json`.
struct BPEDefinition {
    /// Token spellings by id; empty for an id without a token.
    let tokens: [String]
    let merges: MergeList
    private(set) var options = BPEOptions()
    /// Whether tokens `<0xNN>` stand for bytes of characters without a token.
    let hasFallback: Bool

    private let ids: JSONObject

    init(_ fields: TokenizerFields) throws(TokenizerError) {
        // The oldest files do not name a type.
        let type = fields.has("type") ? try fields.string("type") : "BPE"
        guard type == "BPE" else {
            throw .unsupported(field: fields.path("type"), value: type, known: ["BPE"])
        }
        try Self.refuse(fields)
        hasFallback = try fields.bool("byte_fallback", default: false)
        let vocabulary = try fields.required("vocab")
        guard let ids = vocabulary.objectValue else {
            throw .invalid(field: fields.path("vocab"), value: "of type \(vocabulary.typeName)", allowed: "an object")
        }
        self.ids = ids
        tokens = try Self.tokens(ids, path: fields.path("vocab"))
        merges = try Self.merges(try fields.array("merges"), path: fields.path("merges"))
        if fields.has("unk_token") {
            let token = try fields.string("unk_token")
            guard let id = id(of: token) else {
                throw .inconsistent("\(fields.path("unk_token")) \(token) is not in the vocabulary")
            }
            options.unknownID = id
        }
        options.fusesUnknown = try fields.bool("fuse_unk", default: false)
        options.ignoresMerges = try fields.bool("ignore_merges", default: false)
    }

    func id(of token: String) -> UInt32? { ids[token]?.intValue.map { UInt32($0) } }

    /// Throws for options that no known BPE vocabulary uses.
    private static func refuse(_ fields: TokenizerFields) throws(TokenizerError) {
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard let affix = fields[key]?.stringValue, !affix.isEmpty else { continue }
            throw .unsupported(field: fields.path(key), value: affix, known: ["null"])
        }
        if let dropout = fields["dropout"]?.doubleValue, dropout > 0 {
            throw .unsupported(field: fields.path("dropout"), value: "\(dropout)", known: ["null"])
        }
    }

    private static func tokens(_ ids: JSONObject, path: String) throws(TokenizerError) -> [String] {
        var largest = -1
        for (token, value) in ids.members {
            largest = max(largest, Int(try TokenizerFields.tokenID(value, path: "\(path)[\(token)]")))
        }
        var tokens = [String](repeating: "", count: largest + 1)
        for (token, value) in ids.members {
            guard let id = value.intValue else { continue }
            guard tokens[id].isEmpty else {
                throw .inconsistent("the id \(id) belongs to both \(tokens[id]) and \(token)")
            }
            tokens[id] = token
        }
        return tokens
    }

    /// Reads merges: lines `left right`, or pairs in newer files.
    private static func merges(_ values: [JSONValue], path: String) throws(TokenizerError) -> MergeList {
        let lines = values.compactMap(\.stringValue)
        if lines.count == values.count { return .lines(lines) }
        var pairs: [(String, String)] = []
        pairs.reserveCapacity(values.count)
        for (rank, value) in values.enumerated() {
            guard let pair = value.arrayValue, pair.count == 2, let left = pair[0].stringValue,
                let right = pair[1].stringValue
            else {
                let written = String(value.serialized.prefix(40))
                throw .invalid(field: "\(path)[\(rank)]", value: written, allowed: "a pair of tokens")
            }
            pairs.append((left, right))
        }
        return .pairs(pairs)
    }
}
