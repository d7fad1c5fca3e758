/// The tokens of a tokenizer that is put together from several files, by id.
struct TokenTable {
    /// Spellings by id; empty for an id without a token.
    private(set) var tokens: [String]
    /// The ids of the vocabulary's own tokens.
    let modelIDs: Range<Int>
    private var addedByID: [UInt32: AddedToken] = [:]
    private var ids: [[UInt8]: UInt32] = [:]

    /// - Parameters:
    ///   - modelIDs: the ids that text can be split into; others belong to added tokens.
    ///   - added: tokens that are matched in text.
    init(_ tokens: [String], modelIDs: Range<Int>, added: [AddedToken]) {
        self.tokens = tokens
        self.modelIDs = modelIDs
        for token in added { addedByID[token.id] = token }
        for (id, token) in tokens.enumerated() where !token.isEmpty {
            // A token of the model's may be spelled like an added one, which is the one that names mean.
            let key = Array(token.utf8)
            if ids[key] == nil || addedByID[UInt32(id)] != nil { ids[key] = UInt32(id) }
        }
    }

    /// All added tokens, by id.
    var addedTokens: [AddedToken] { addedByID.values.sorted { $0.id < $1.id } }

    func id(of token: String) -> UInt32? { ids[Array(token.utf8)] }

    /// Adds the configuration's tokens. One with the id of another token renames it, unless another id has its name.
    mutating func add(_ configured: [AddedToken]) throws(TokenizerError) {
        for var token in configured {
            let id = Int(token.id)
            if let known = self.id(of: token.content) {
                token.id = known
            } else if id < tokens.count, !tokens[id].isEmpty {
                guard addedByID[token.id] != nil || modelIDs.contains(id) else {
                    throw .inconsistent("the id \(id) belongs to both \(tokens[id]) and \(token.content)")
                }
                ids[Array(tokens[id].utf8)] = nil
                place(token.content, at: id)
            } else {
                place(token.content, at: id)
            }
            addedByID[token.id] = token
        }
    }

    /// Makes tokens special, as far as there are such tokens. Names do not change how a known added token is matched.
    mutating func makeSpecial(_ special: [AddedToken], names: [String] = []) {
        for token in special + names.map({ AddedToken(id: 0, content: $0) }) {
            guard let id = id(of: token.content) else { continue }
            var added = addedByID[id] ?? token
            added.id = id
            added.isSpecial = true
            addedByID[id] = added
        }
    }

    private mutating func place(_ token: String, at id: Int) {
        if id >= tokens.count { tokens += [String](repeating: "", count: id + 1 - tokens.count) }
        tokens[id] = token
        ids[Array(token.utf8)] = UInt32(id)
    }
}

extension TokenTable {
    /// The ids of the tokens with a role. `defaults`: the tokens of roles that the configuration leaves open.
    func roles(_ settings: TokenizerSettings, defaults: SpecialTokenNames) -> SpecialTokenIDs {
        func id(_ role: String, _ name: String?) -> UInt32? {
            (settings.token(role) ?? (settings.fields.isNull(role) ? nil : name)).flatMap(id(of:))
        }
        return SpecialTokenIDs(
            bos: id("bos_token", defaults.bos), eos: id("eos_token", defaults.eos),
            unknown: id("unk_token", defaults.unknown), padding: id("pad_token", defaults.padding))
    }
}

/// The tokens that have a role unless a configuration says otherwise.
struct SpecialTokenNames {
    var bos: String?
    var eos: String?
    var unknown: String?
    var padding: String?

    var all: [String] { [bos, eos, unknown, padding].compactMap { $0 } }
}
