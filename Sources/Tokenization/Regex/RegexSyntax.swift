/// A parsed regular expression.
indirect enum RegexSyntax: Sendable {
    case set(CharacterSet)
    case sequence([RegexSyntax])
    case alternatives([RegexSyntax])
    case repetition(RegexSyntax, minimum: Int, maximum: Int?, isGreedy: Bool)
    /// Lookahead at one scalar: the next scalar is (if negative, is not) in the set.
    case lookahead(CharacterSet, isNegative: Bool)
}

/// The reason why a pattern cannot be used.
struct RegexError: Error {
    var message: String
}
