/// A parsed regular expression.
indirect enum RegexSyntax: Sendable {
    case set(CharacterSet)
    case sequence([RegexSyntax])
    case alternatives([RegexSyntax])
    case repetition(RegexSyntax, minimum: Int, maximum: Int?, isGreedy: Bool)
    /// One scalar of lookahead: what follows is (or, negative, is not) in the set.
    case lookahead(CharacterSet, isNegative: Bool)
}

/// Why a pattern cannot be used.
struct RegexError: Error {
    var message: String
}
