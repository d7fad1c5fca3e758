/// An error in building a tokenizer from a file.
package enum TokenizerError: Error, Hashable, CustomStringConvertible {
    /// A required field is absent; `field` is a path such as `pre_tokenizer.pretokenizers[1].type`.
    case missing(field: String)
    /// A field has a value of the wrong type or out of range.
    case invalid(field: String, value: String, allowed: String)
    /// A field has a value that is not supported.
    case unsupported(field: String, value: String, known: [String])
    /// A pattern uses regular-expression syntax that is not supported.
    case unsupportedPattern(field: String, pattern: String, reason: String)
    /// The vocabulary, merges and added tokens contradict each other.
    case inconsistent(String)

    package var description: String {
        switch self {
        case .missing(let field):
            "tokenizer: \(field) is missing"
        case .invalid(let field, let value, let allowed):
            "tokenizer: \(field) is \(value); it must be \(allowed)"
        case .unsupported(let field, let value, let known):
            "tokenizer: \(field) \(value) is not supported; supported: \(known.sorted().joined(separator: ", "))"
        case .unsupportedPattern(let field, let pattern, let reason):
            "tokenizer: the pattern of \(field) is not supported: \(reason) in \(pattern)"
        case .inconsistent(let message):
            "tokenizer: \(message)"
        }
    }
}

extension TokenizerError {
    /// The same error with the name of the file before the place in it.
    func located(in file: String) -> Self {
        switch self {
        case .missing(let field): .missing(field: "\(file): \(field)")
        case .invalid(let field, let value, let allowed):
            .invalid(field: "\(file): \(field)", value: value, allowed: allowed)
        case .unsupported(let field, let value, let known):
            .unsupported(field: "\(file): \(field)", value: value, known: known)
        case .unsupportedPattern(let field, let pattern, let reason):
            .unsupportedPattern(field: "\(field) in \(file)", pattern: pattern, reason: reason)
        case .inconsistent(let message): .inconsistent("\(file): \(message)")
        }
    }
}
