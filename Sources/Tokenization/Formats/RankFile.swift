/// The tokens of a tiktoken file, whose lines have a token in Base64 and its rank, which is also its id.
struct RankFile {
    /// The file's name, which may tell the model.
    let name: String
    /// The tokens by rank; empty for a rank that the file does not have.
    private(set) var tokens: [[UInt8]] = []

    init(_ bytes: [UInt8], name: String) throws(TokenizerError) {
        self.name = name
        var ids: [[UInt8]: Int] = [:]
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let place = "line \(index + 1)"
            guard let (token, rank) = try Self.parse(line, place: place) else { continue }
            if rank >= tokens.count { tokens += [[UInt8]](repeating: [], count: rank + 1 - tokens.count) }
            guard tokens[rank].isEmpty else {
                throw .invalid(field: "\(place): the rank", value: "\(rank) again", allowed: "a rank of its own")
            }
            if let other = ids.updateValue(rank, forKey: token) {
                throw .inconsistent("\(place): the token has two ranks, \(other) and \(rank)")
            }
            tokens[rank] = token
        }
        guard !tokens.isEmpty else { throw .missing(field: "a line with a token and its rank") }
        try ByteRanks.requireAllBytes(ids.keys)
    }

    /// Reads a line; nil if it is blank.
    private static func parse(
        _ line: ArraySlice<UInt8>, place: String
    ) throws(TokenizerError) -> (token: [UInt8], rank: Int)? {
        let parts = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }
        if parts.isEmpty { return nil }
        guard parts.count == 2 else {
            throw .invalid(
                field: place, value: "\(parts.count) words", allowed: "a token in Base64, a space and its rank")
        }
        guard let token = Base64.decode(parts[0]), !token.isEmpty else {
            throw .invalid(field: "\(place): the token", value: printable(parts[0]), allowed: "Base64")
        }
        guard let rank = Int(String(decoding: parts[1], as: UTF8.self)), (0...Vocabulary.maximumID).contains(rank)
        else {
            throw .invalid(
                field: "\(place): the rank", value: printable(parts[1]),
                allowed: "a number from 0 to \(Vocabulary.maximumID)")
        }
        return (token, rank)
    }

    private static func printable(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.prefix(40), as: UTF8.self).debugDescription
    }
}

extension RankFile {
    /// The tokenizer of the settings' class.
    func definition(_ settings: TokenizerSettings) throws(TokenizerError) -> TokenizerDefinition {
        let style = try RankStyle.named(settings, self)
        let ranks = ByteRanks(tokens: tokens, pattern: style.pattern, normalizer: style.normalizer)
        var table = ranks.table(offset: 0)
        try table.add(style.addedTokens(for: self))
        try table.add(settings.addedTokens())
        try table.makeSpecial(settings.specialTokens(), names: style.names.all)
        if let gap = tokens.indices.first(where: { table.tokens[$0].isEmpty }) {
            throw .invalid(
                field: "rank \(gap)", value: "missing", allowed: "the rank of a token, as all below \(tokens.count)")
        }
        return try ranks.definition(table, settings, names: style.names, addsBOSByDefault: false)
    }
}
