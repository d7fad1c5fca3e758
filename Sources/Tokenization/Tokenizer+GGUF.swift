extension Tokenizer {
    /// Builds the tokenizer that the metadata of a GGUF file describes.
    package init(gguf: GGUFVocabulary) throws(TokenizerError) {
        try gguf.validate()
        let style = try GGUFPreTokenization.named(gguf.pre)
        var steps: [PreTokenizer.Step] = gguf.addSpacePrefix == true ? [.prefixSpace] : []
        for pattern in style.patterns {
            steps.append(.split(try Splitter(pattern, field: "tokenizer.ggml.pre")))
        }
        try self.init(
            TokenizerDefinition(
                tokens: gguf.tokens, modelCount: gguf.tokens.count, merges: .lines(gguf.merges),
                options: BPEOptions(ignoresMerges: style.ignoresMerges), addedTokens: try gguf.addedTokens(),
                normalizer: nil,
                preTokenizer: PreTokenizer(steps),
                template: try Self.template(gguf, addsBOSByDefault: style.addsBOS),
                specialTokenIDs: gguf.specialTokenIDs))
    }

    private static func template(
        _ gguf: GGUFVocabulary, addsBOSByDefault: Bool
    ) throws(TokenizerError) -> SequenceTemplate {
        let roles = gguf.specialTokenIDs
        if gguf.addBOS == true, roles.bos == nil { throw .missing(field: "tokenizer.ggml.bos_token_id") }
        if gguf.addEOS == true, roles.eos == nil { throw .missing(field: "tokenizer.ggml.eos_token_id") }
        let bos = (gguf.addBOS ?? addsBOSByDefault) ? roles.bos : nil
        let eos = gguf.addEOS == true ? roles.eos : nil

        func surround(_ part: SequenceTemplate.Part, typeID: UInt32) -> [SequenceTemplate.Part] {
            let before = bos.map { [SequenceTemplate.Part.specialTokens([$0], typeID: typeID)] } ?? []
            let after = eos.map { [SequenceTemplate.Part.specialTokens([$0], typeID: typeID)] } ?? []
            return before + [part] + after
        }
        let first = surround(.first(typeID: 0), typeID: 0)
        return SequenceTemplate(single: first, pair: first + surround(.second(typeID: 1), typeID: 1))
    }
}

/// The pre-tokenization that a value of `tokenizer.ggml.pre` stands for.
private struct GGUFPreTokenization {
    /// Patterns that are applied in order, with their matches isolated.
    var patterns: [String]
    var ignoresMerges = false
    /// Whether BOS is added if the file does not say.
    var addsBOS = false

    static func named(_ name: String) throws(TokenizerError) -> Self {
        guard let style = known[name] else {
            throw .unsupported(field: "tokenizer.ggml.pre", value: name, known: Array(known.keys))
        }
        return style
    }

    private static let known: [String: Self] = {
        let styles: [(names: [String], style: Self)] = [
            (["default"], Self(patterns: KnownPatterns.llamaCppDefault)),
            (["gpt-2", "phi-2", "mpt", "olmo", "jina-es", "jina-de"], Self(patterns: [KnownPatterns.gpt2])),
            // Non-ASCII numbers stay with their neighbours, as in the reference implementation.
            (["smollm"], Self(patterns: [KnownPatterns.asciiDigit, KnownPatterns.gpt2])),
            (["starcoder", "refact", "codeshell"], Self(patterns: [KnownPatterns.digit, KnownPatterns.gpt2])),
            (
                ["llama-bpe", "llama3", "llama-v3", "falcon3"],
                Self(patterns: [KnownPatterns.llama3], ignoresMerges: true, addsBOS: true)
            ),
            (["dbrx", "smaug-bpe"], Self(patterns: [KnownPatterns.llama3])),
            (["qwen2", "deepseek-r1-qwen"], Self(patterns: [KnownPatterns.qwen2])),
            (["gpt-4o", "llama4"], Self(patterns: [KnownPatterns.gpt4o])),
            (["tekken"], Self(patterns: [KnownPatterns.tekken], ignoresMerges: true, addsBOS: true)),
            (["deepseek-v3"], Self(patterns: KnownPatterns.deepSeekV3)),
        ]
        return Dictionary(uniqueKeysWithValues: styles.flatMap { entry in entry.names.map { ($0, entry.style) } })
    }()
}
