/// The texts before which a space is put.
enum SpacePrefix: String, Sendable {
    case never
    /// Only the text at the very start.
    case first
    /// Every text between added tokens.
    case always
}

/// The `Metaspace` component of `tokenizer.json`: spaces become `▁`, and a text may get one before it.
struct Metaspace {
    let prefix: SpacePrefix
    /// Whether words, each with the space before it, are merged on their own.
    let splits: Bool

    init(_ fields: TokenizerFields) throws(TokenizerError) {
        if fields.has("replacement"), try fields.string("replacement") != Spaces.markText {
            throw .unsupported(
                field: fields.path("replacement"), value: try fields.string("replacement"), known: [Spaces.markText])
        }
        var prefix = SpacePrefix.always
        if fields.has("prepend_scheme") {
            let name = try fields.string("prepend_scheme")
            guard let scheme = SpacePrefix(rawValue: name) else {
                throw .unsupported(
                    field: fields.path("prepend_scheme"), value: name, known: ["always", "first", "never"])
            }
            prefix = scheme
        }
        // Older files say it with a flag.
        if fields.has("add_prefix_space"), !(try fields.bool("add_prefix_space", default: true)) {
            guard prefix == .never || !fields.has("prepend_scheme") else {
                throw .inconsistent("\(fields.path("add_prefix_space")) is false, but prepend_scheme is \(prefix)")
            }
            prefix = .never
        }
        self.prefix = prefix
        splits = try fields.bool("split", default: true)
    }

    /// The steps that do the same to a text in which every `▁` is a space already.
    func steps() -> [PreTokenizer.Step] {
        var steps: [PreTokenizer.Step] = prefix == .never ? [] : [.prefix(prefix)]
        if splits { steps.append(.split(Splitter(pattern: .literal([Spaces.space]), behavior: .mergedWithNext))) }
        return steps
    }
}
