/// The type of a token in a SentencePiece model, which GGUF files have as well.
enum TokenType: Int {
    case normal = 1, unknown, control, userDefined, unused, byte

    /// Throws if the value is not a type; `field` is its place in the file.
    init(_ value: Int, field: @autoclosure () -> String) throws(TokenizerError) {
        guard let type = Self(rawValue: value) else {
            throw .invalid(field: field(), value: "\(value)", allowed: "1 to 6")
        }
        self = type
    }
}

/// The tokens of a file that gives each a type and perhaps a score, by id.
struct ScoredVocabulary {
    private(set) var tokens: [String] = []
    private(set) var types: [TokenType] = []
    /// The best merge first; empty if the file has none.
    private(set) var scores: [Float] = []

    /// Appends a token of the next id.
    mutating func append(_ token: String, _ type: TokenType, score: Float? = nil) {
        tokens.append(token)
        types.append(type)
        if let score { scores.append(score) }
    }

    /// Gives a token another spelling.
    mutating func rename(_ id: Int, to token: String) { tokens[id] = token }

    /// The tokens that are recognised in text: control, unknown and user-defined ones.
    var addedTokens: [AddedToken] {
        tokens.indices.compactMap { id in
            let type = types[id]
            guard type == .control || type == .unknown || type == .userDefined, !tokens[id].isEmpty else { return nil }
            return AddedToken(id: UInt32(id), content: tokens[id], isSpecial: type != .userDefined)
        }
    }

    /// The order in which tokens of the given types are made by merges: the best score first, and of equal scores the
    /// first token. Other tokens have no rank.
    func ranksByScore(of mergeable: Set<TokenType>) -> [UInt32] {
        var ranks = [UInt32](repeating: MergeList.noRank, count: tokens.count)
        let results = tokens.indices.filter { mergeable.contains(types[$0]) }
        let sorted = results.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
        for (rank, id) in sorted.enumerated() { ranks[id] = UInt32(rank) }
        return ranks
    }

    /// A copy in which the tokens of several spaces are ordinary ones, spelled `▁`: they are made by merges,
    /// before all others, as in the models' own tokenizers.
    func mergingSpaces() -> Self {
        var copy = self
        let known = Set(tokens)
        for (id, token) in tokens.enumerated()
        where token.utf8.count > 1 && token.utf8.allSatisfy({ $0 == Spaces.space }) {
            let marked = Spaces.spelling(of: token.utf8)
            guard !known.contains(marked) else { continue }
            copy.tokens[id] = marked
            copy.scores[id] = .infinity
            copy.types[id] = .normal
        }
        return copy
    }
}
