/// A byte-pair encoding over bytes that has ranks instead of merges: of all neighbours whose concatenation is a token,
/// those whose token has the lowest rank are merged first.
struct ByteRanks {
    /// Tokens by rank; empty for a rank without a token.
    var tokens: [[UInt8]]
    /// The regular expression that splits text into words.
    var pattern: String
    var normalizer: (any Normalizer)?

    /// The tokens by id. `offset`: the id of rank 0.
    func table(offset: Int, special: [String] = []) -> TokenTable {
        let alphabet = ByteAlphabet()
        let added = special.enumerated().map { AddedToken(id: UInt32($0), content: $1, isSpecial: true) }
        return TokenTable(
            special + tokens.map { alphabet.spelling(of: $0) }, modelIDs: offset..<offset + tokens.count, added: added)
    }

    func definition(
        _ table: TokenTable, _ settings: TokenizerSettings, names: SpecialTokenNames, addsBOSByDefault: Bool
    ) throws(TokenizerError) -> TokenizerDefinition {
        let roles = table.roles(settings, defaults: names)
        let addsBOS = try settings.fields.bool("add_bos_token", default: addsBOSByDefault)
        let addsEOS = try settings.fields.bool("add_eos_token", default: false)
        let ranks = table.tokens.indices.map { id in
            table.modelIDs.contains(id) && !tokens[id - table.modelIDs.lowerBound].isEmpty
                ? UInt32(id) : MergeList.noRank
        }
        return TokenizerDefinition(
            tokens: table.tokens, modelIDs: table.modelIDs, merges: .ranks(ranks),
            options: BPEOptions(ignoresMerges: true), addedTokens: table.addedTokens, normalizer: normalizer,
            preTokenizer: PreTokenizer([.split(try Splitter(pattern, field: "words"))]),
            template: SequenceTemplate(bos: addsBOS ? roles.bos : nil, eos: addsEOS ? roles.eos : nil),
            specialTokenIDs: roles)
    }

    /// Throws if a byte has no token: text with it could not be encoded.
    static func requireAllBytes(_ tokens: some Sequence<[UInt8]>) throws(TokenizerError) {
        var isFound = [Bool](repeating: false, count: 256)
        for token in tokens where token.count == 1 { isFound[Int(token[0])] = true }
        guard let byte = isFound.firstIndex(of: false) else { return }
        throw .missing(field: "the token of the byte \(Spaces.fallbackToken(UInt8(byte)).dropFirst().dropLast())")
    }
}
