extension SentencePieceModel {
    /// The tokenizer that `transformers` makes of the model.
    func definition(_ settings: TokenizerSettings) throws(TokenizerError) -> TokenizerDefinition {
        let style = try SentencePieceStyle.named(settings, self)
        let table = try table(settings, style)
        let roles = table.roles(settings, defaults: style.names)
        let addsBOS = try settings.fields.bool("add_bos_token", default: style.addsBOS)
        let addsEOS = try settings.fields.bool("add_eos_token", default: false)
        let isolated = style.isolatesUserDefined ? userDefined(in: table) : []
        return TokenizerDefinition(
            tokens: table.tokens, modelIDs: table.modelIDs, merges: .ranks(ranks(style)),
            options: BPEOptions(
                unknownID: style.hasUnknown ? UInt32(exactly: trainer.unknownID) : nil, fusesUnknown: true,
                ignoresMerges: !isolated.isEmpty),
            addedTokens: table.addedTokens, spelling: .spaced, hasFallback: style.hasFallback,
            leadingSpace: style.stripsSpace ? .stripped(1) : .kept, normalizer: Self.normalizer(style),
            preTokenizer: Self.preTokenizer(style, isolating: isolated),
            template: SequenceTemplate(bos: addsBOS ? roles.bos : nil, eos: addsEOS ? roles.eos : nil),
            specialTokenIDs: roles)
    }

    private func table(
        _ settings: TokenizerSettings, _ style: SentencePieceStyle
    ) throws(TokenizerError) -> TokenTable {
        let added = pieces.addedTokens.filter { !style.isolatesUserDefined || $0.isSpecial }
        var table = TokenTable(pieces.tokens, modelIDs: pieces.tokens.indices, added: added)
        var configured = try settings.addedTokens()
        if style.isolatesUserDefined, normalizer.addsDummyPrefix {
            for index in configured.indices { configured[index].isNormalized = false }
        }
        try table.add(configured)
        try table.makeSpecial(settings.specialTokens(), names: style.names.all + style.specialTokens)
        return table
    }

    private func ranks(_ style: SentencePieceStyle) -> [UInt32] {
        switch style.mergeOrder {
        case .score: pieces.ranksByScore(of: [.normal])
        case .id: pieces.tokens.indices.map { UInt32($0) }
        }
    }

    /// The user-defined pieces, which are found whole in a text and never merged.
    private func userDefined(in table: TokenTable) -> [AddedToken] {
        pieces.tokens.indices.filter { pieces.types[$0] == .userDefined }
            .map { AddedToken(id: UInt32($0), content: table.tokens[$0]) }
    }

    private static func normalizer(_ style: SentencePieceStyle) -> any Normalizer {
        var members: [any Normalizer] = []
        if style.removesExtraSpaces { members.append(ExtraSpaceNormalizer()) }
        if style.doublesSpace, style.prefix != .never { members.append(PrependNormalizer(prefix: [Spaces.space])) }
        return NormalizerSequence(members: members + [SpaceMarkNormalizer()])
    }

    private static func preTokenizer(_ style: SentencePieceStyle, isolating tokens: [AddedToken]) -> PreTokenizer {
        var steps: [PreTokenizer.Step] = []
        if !style.doublesSpace, style.prefix != .never { steps.append(.prefix(style.prefix)) }
        if !tokens.isEmpty {
            // In a text that is merged, a space is a space.
            steps.append(.isolate(AddedTokenMatcher(tokens) { Spelling.spaced.bytes(of: $0.content) ?? [] }))
        }
        return PreTokenizer(steps)
    }
}
