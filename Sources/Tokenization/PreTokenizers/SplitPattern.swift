/// A pattern at which text is split: a regular expression or a literal string.
enum SplitPattern: Sendable {
    case regex(RegexAutomaton)
    case literal([UInt8])

    /// - Parameter field: the pattern's place in the file, for errors.
    init(regex pattern: String, field: String) throws(TokenizerError) {
        do {
            self = .regex(try RegexAutomaton(pattern))
        } catch {
            throw .unsupportedPattern(field: field, pattern: pattern, reason: error.message)
        }
    }

    /// Reads `{"Regex": ...}` or `{"String": ...}`.
    init(_ fields: TokenizerFields) throws(TokenizerError) {
        if fields.has("Regex") {
            try self.init(regex: try fields.string("Regex"), field: fields.path("Regex"))
        } else {
            let literal = try fields.string("String")
            guard !literal.isEmpty else {
                throw .invalid(field: fields.path("String"), value: "empty", allowed: "a text to split at")
            }
            self = .literal(Array(literal.utf8))
        }
    }

    private static func spells(_ literal: [UInt8], _ bytes: Span<UInt8>, from start: Int, to limit: Int) -> Bool {
        limit - start >= literal.count && literal.indices.allSatisfy { literal[$0] == bytes[start + $0] }
    }

    /// The end of the match that starts at `start`; nil if there is none or it is empty.
    func matchEnd(in bytes: Span<UInt8>, from start: Int, to limit: Int) -> Int? {
        switch self {
        case .regex(let automaton):
            automaton.matchEnd(in: bytes, from: start, to: limit)
        case .literal(let literal):
            Self.spells(literal, bytes, from: start, to: limit) ? start + literal.count : nil
        }
    }
}
