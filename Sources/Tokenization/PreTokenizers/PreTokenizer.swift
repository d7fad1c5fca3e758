/// Splits the pieces of a text further.
protocol PreTokenizer: Sendable {
    func split(_ text: inout PreTokenizedText)
}

/// Applies one after the other; of none, leaves the text as it is.
struct PreTokenizerSequence: PreTokenizer {
    var members: [any PreTokenizer]

    func split(_ text: inout PreTokenizedText) {
        for member in members { member.split(&text) }
    }
}

enum PreTokenizers {
    /// Reads a component of `tokenizer.json`.
    static func make(_ fields: TokenizerFields) throws(TokenizerError) -> any PreTokenizer {
        let type = try fields.string("type")
        guard let factory = factories[type] else {
            throw .unsupported(field: fields.path("type"), value: type, known: Array(factories.keys))
        }
        return try factory(fields)
    }

    private typealias Factory = @Sendable (TokenizerFields) throws(TokenizerError) -> any PreTokenizer

    private static let factories: [String: Factory] = [
        "ByteLevel": { (fields) throws(TokenizerError) in try ByteLevelPreTokenizer(fields) },
        "Digits": { (fields) throws(TokenizerError) in try SplitPreTokenizer.digits(fields) },
        "Punctuation": { (fields) throws(TokenizerError) in try SplitPreTokenizer.punctuation(fields) },
        "Sequence": { (fields) throws(TokenizerError) in try sequence(fields) },
        "Split": { (fields) throws(TokenizerError) in try SplitPreTokenizer(fields) },
    ]

    private static func sequence(_ fields: TokenizerFields) throws(TokenizerError) -> any PreTokenizer {
        var members: [any PreTokenizer] = []
        for member in try fields.objects("pretokenizers") { members.append(try make(member)) }
        return PreTokenizerSequence(members: members)
    }
}
