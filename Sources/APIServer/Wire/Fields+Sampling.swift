import EngineTypes
import Support

extension Fields {
    /// Strings, or a single one.
    func stop(_ field: String) throws(RequestError) -> [String]? {
        switch self[field] {
        case nil: return nil
        case .string(let text)?: return [text]
        case .array?: return try strings(field)
        default: throw mistake(field, "a string or a list of strings")
        }
    }

    func logprobsMode(_ field: String) throws(RequestError) -> LogprobsMode? { try choice(field) }

    func repetitionDetection(_ field: String) throws(RequestError) -> RepetitionDetection? {
        guard let members = try object(field) else { return nil }
        let own = Fields(members, prefix: field + ".")
        return RepetitionDetection(
            maxPatternSize: try own.int("max_pattern_size") ?? 0, minPatternSize: try own.int("min_pattern_size") ?? 0,
            minCount: try own.int("min_count") ?? 0)
    }

    /// Biases by token id, clamped to -100...100. An error lists all wrong members at once.
    func logitBias(_ field: String, vocabularySize: Int) throws(RequestError) -> [TokenID: Float]? {
        guard let members = try object(field)?.members else { return nil }
        var biases: [TokenID: Float] = [:]
        var strangers: [String] = []
        var nonNumbers: [String] = []
        for (name, value) in members {
            guard let token = TokenID(name), Int(token) < vocabularySize else {
                strangers.append("\"\(name.prefix(40))\"")
                continue
            }
            guard let bias = value.doubleValue else {
                nonNumbers.append("\(value.excerpt) for token \(token)")
                continue
            }
            biases[token] = Float(min(max(bias, -100), 100))
        }
        guard strangers.isEmpty else {
            throw .invalid(
                field,
                "must have token ids below the vocabulary size of \(vocabularySize) as names, got "
                    + strangers.messageList)
        }
        guard nonNumbers.isEmpty else {
            throw .invalid(field, "must have numbers as values, got " + nonNumbers.messageList)
        }
        return biases
    }
}
