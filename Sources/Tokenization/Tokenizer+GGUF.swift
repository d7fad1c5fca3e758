extension Tokenizer {
    /// Builds the tokenizer that the metadata of a GGUF file describes.
    package init(gguf: GGUFVocabulary) throws(TokenizerError) {
        try gguf.validate()
        switch gguf.model {
        case "llama": try self.init(Self.sentencePiece(gguf))
        case "gemma4": try self.init(Self.spacedMerges(gguf))
        case "gpt2" where GGUFPreTokenization.spacedNames.contains(gguf.pre): try self.init(Self.spacedMerges(gguf))
        default: try self.init(Self.byteLevel(gguf))
        }
    }

    private static func byteLevel(_ gguf: GGUFVocabulary) throws(TokenizerError) -> TokenizerDefinition {
        let style = try GGUFPreTokenization.named(gguf.pre)
        var steps: [PreTokenizer.Step] = gguf.addSpacePrefix == true ? [.prefix(.always)] : []
        if style.groupsDigits { steps.append(.digitGroups) }
        for pattern in style.patterns {
            steps.append(.split(try Splitter(pattern, field: "tokenizer.ggml.pre")))
        }
        let vocabulary = try gguf.scored()
        // Kimi's tokenizer has ranks, which are the ids; its files need no merges.
        let hasRanks = gguf.merges.isEmpty && gguf.pre == "kimi-k2"
        let ranks = vocabulary.tokens.indices.map { vocabulary.types[$0] == .normal ? UInt32($0) : MergeList.noRank }
        let isPlain = if case .plain = style.spelling { true } else { false }
        return TokenizerDefinition(
            tokens: gguf.tokens, modelIDs: gguf.tokens.indices, merges: hasRanks ? .ranks(ranks) : .lines(gguf.merges),
            options: BPEOptions(ignoresMerges: style.ignoresMerges), addedTokens: vocabulary.addedTokens,
            spelling: style.spelling, hasFallback: isPlain,
            normalizer: nil, preTokenizer: PreTokenizer(steps),
            template: try template(gguf, addsBOSByDefault: style.addsBOS), specialTokenIDs: gguf.specialTokenIDs)
    }

    /// SentencePiece's BPE: of two neighbours whose concatenation is a token, those of the best score are merged first.
    private static func sentencePiece(_ gguf: GGUFVocabulary) throws(TokenizerError) -> TokenizerDefinition {
        var normalizers: [any Normalizer] = [SpaceMarkNormalizer()]
        let hasPrefix = gguf.addSpacePrefix ?? true
        if hasPrefix { normalizers.insert(PrependNormalizer(prefix: [Spaces.space]), at: 0) }
        let vocabulary = try gguf.scored().mergingSpaces()
        return try spaced(
            gguf, vocabulary, merges: .ranks(vocabulary.ranksByScore(of: [.normal, .userDefined, .unused])),
            normalizer: NormalizerSequence(members: normalizers), leadingSpace: hasPrefix ? .stripped(1) : .kept)
    }

    /// BPE by merges over characters.
    private static func spacedMerges(_ gguf: GGUFVocabulary) throws(TokenizerError) -> TokenizerDefinition {
        try spaced(
            gguf, try gguf.scored(), merges: .lines(gguf.merges), normalizer: SpaceMarkNormalizer(),
            leadingSpace: .kept)
    }

    private static func spaced(
        _ gguf: GGUFVocabulary, _ vocabulary: ScoredVocabulary, merges: MergeList, normalizer: any Normalizer,
        leadingSpace: LeadingSpace
    ) throws(TokenizerError) -> TokenizerDefinition {
        TokenizerDefinition(
            tokens: vocabulary.tokens, modelIDs: vocabulary.tokens.indices, merges: merges,
            options: BPEOptions(unknownID: gguf.specialTokenIDs.unknown, fusesUnknown: true),
            addedTokens: vocabulary.addedTokens, spelling: .spaced, hasFallback: true, leadingSpace: leadingSpace,
            normalizer: normalizer, preTokenizer: PreTokenizer([]),
            template: try template(gguf, addsBOSByDefault: true), specialTokenIDs: gguf.specialTokenIDs)
    }

    private static func template(
        _ gguf: GGUFVocabulary, addsBOSByDefault: Bool
    ) throws(TokenizerError) -> SequenceTemplate {
        let roles = gguf.specialTokenIDs
        if gguf.addBOS == true, roles.bos == nil { throw .missing(field: "tokenizer.ggml.bos_token_id") }
        if gguf.addEOS == true, roles.eos == nil { throw .missing(field: "tokenizer.ggml.eos_token_id") }
        let bos = (gguf.addBOS ?? addsBOSByDefault) ? roles.bos : nil
        let eos = gguf.addEOS == true ? roles.eos : nil

        return SequenceTemplate(bos: bos, eos: eos)
    }
}
