/// Splits text into words, which merges do not leave: steps applied one after the other.
struct PreTokenizer: Sendable {
    enum Step: Sendable {
        /// Puts a space before every piece that does not start with one.
        case prefixSpace
        case split(Splitter)
    }

    private let steps: [Step]
    /// Splits the pieces that the steps leave, without a list of the parts; nil where the pieces are the words.
    let words: RegexAutomaton?

    init(_ steps: [Step]) {
        var steps = steps
        words = Self.removeWords(from: &steps)
        self.steps = steps
    }

    /// A text after all steps but the splitting at `words`.
    func pieces(of bytes: [UInt8]) -> PreTokenizedText {
        var text = PreTokenizedText(bytes)
        for step in steps {
            switch step {
            case .prefixSpace: text.prefixPieces(with: UInt8(ascii: " "))
            case .split(let splitter): splitter.split(&text)
            }
        }
        return text
    }

    /// The automaton of the last step, joined with the step before it if that isolates single characters.
    private static func removeWords(from steps: inout [Step]) -> RegexAutomaton? {
        guard case .split(let last)? = steps.last, let words = last.isolatedPattern else { return nil }
        steps.removeLast()
        guard case .split(let previous)? = steps.last, case .set(let set)? = previous.isolatedPattern?.syntax,
            let joined = try? RegexAutomaton(words.syntax, isolating: set)
        else { return words }
        steps.removeLast()
        return joined
    }
}

extension PreTokenizer {
    /// Reads a component of `tokenizer.json`.
    init(_ fields: TokenizerFields) throws(TokenizerError) {
        self.init(try Self.steps(fields))
    }

    private static func steps(_ fields: TokenizerFields) throws(TokenizerError) -> [Step] {
        let type = try fields.string("type")
        guard let factory = factories[type] else {
            throw .unsupported(field: fields.path("type"), value: type, known: Array(factories.keys))
        }
        return try factory(fields)
    }

    private typealias Factory = @Sendable (TokenizerFields) throws(TokenizerError) -> [Step]

    private static let factories: [String: Factory] = [
        "ByteLevel": { (fields) throws(TokenizerError) in try byteLevel(fields) },
        "Digits": { (fields) throws(TokenizerError) in [.split(try Splitter.digits(fields))] },
        "Punctuation": { (fields) throws(TokenizerError) in [.split(try Splitter.punctuation(fields))] },
        "Sequence": { (fields) throws(TokenizerError) in try sequence(fields) },
        "Split": { (fields) throws(TokenizerError) in [.split(try Splitter(fields))] },
    ]

    /// The way GPT-2 did it. That the vocabulary is spelled in printable characters needs no step here: it was
    /// translated to bytes when it was read.
    private static func byteLevel(_ fields: TokenizerFields) throws(TokenizerError) -> [Step] {
        var steps: [Step] = []
        if try fields.bool("add_prefix_space", default: true) { steps.append(.prefixSpace) }
        if try fields.bool("use_regex", default: true) {
            steps.append(.split(try Splitter(KnownPatterns.gpt2, field: "pre_tokenizer")))
        }
        return steps
    }

    private static func sequence(_ fields: TokenizerFields) throws(TokenizerError) -> [Step] {
        var steps: [Step] = []
        for member in try fields.objects("pretokenizers") { steps += try Self.steps(member) }
        return steps
    }
}
