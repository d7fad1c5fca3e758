internal import Support

/// Splits text into words, which merges never cross, in steps that are applied in order.
struct PreTokenizer: Sendable {
    enum Step: Sendable {
        /// Prepends a space to every piece that does not start with one.
        case prefix(SpacePrefix)
        case split(Splitter)
        case digitGroups
        /// Makes every token that is found a piece of its own.
        case isolate(AddedTokenMatcher)
    }

    private let steps: [Step]
    /// Splits the pieces left by the steps into words, without storing a list of them; nil if the pieces are the words.
    let words: RegexAutomaton?

    init(_ steps: [Step]) {
        var steps = steps
        words = Self.removeWords(from: &steps)
        self.steps = steps
    }

    /// Applies all steps except the split into `words`. `isFirst`: whether the text is at the start of the whole.
    func pieces(of bytes: [UInt8], isFirst: Bool) -> PreTokenizedText {
        var text = PreTokenizedText(bytes)
        for step in steps {
            switch step {
            case .prefix(let prefix):
                if prefix == .always || prefix == .first && isFirst { text.prefixPieces(with: Spaces.space) }
            case .split(let splitter): splitter.split(&text)
            case .digitGroups: DigitGroups.split(&text)
            case .isolate(let matcher): matcher.isolate(in: &text)
            }
        }
        return text
    }

    /// Removes and returns the automaton of the last step, joined with the step before if that isolates characters.
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
    /// Builds the pre-tokenizer of a vocabulary whose spaces are spelled `▁`. `hasMarks`: whether the normalizer already
    /// makes them, so that a split at spaces finds none.
    init(spaced fields: TokenizerFields, hasMarks: Bool) throws(TokenizerError) {
        let type = try fields.string("type")
        switch type {
        case "Metaspace": self.init(try Metaspace(fields).steps())
        case "Split" where hasMarks:
            let pattern = try fields.object("pattern")
            guard try pattern.string("String") == " " else {
                throw .unsupported(
                    field: fields.path("pattern"), value: pattern["String"]?.serialized ?? "", known: ["a space"])
            }
            self.init([])
        case "Sequence":
            let members = try fields.objects("pretokenizers")
            guard members.count == 1 else {
                throw .unsupported(field: fields.path("type"), value: type, known: ["Metaspace", "Split"])
            }
            try self.init(spaced: members[0], hasMarks: hasMarks)
        default: throw .unsupported(field: fields.path("type"), value: type, known: ["Metaspace", "Split"])
        }
    }

    /// Builds the pre-tokenizer that a component of `tokenizer.json` describes.
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

    /// Splits as GPT-2 does. The printable spelling of the vocabulary needs no step here: it was translated to bytes
    /// when it was read.
    private static func byteLevel(_ fields: TokenizerFields) throws(TokenizerError) -> [Step] {
        var steps: [Step] = []
        if try fields.bool("add_prefix_space", default: true) { steps.append(.prefix(.always)) }
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
