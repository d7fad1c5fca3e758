/// The way in which a class of `transformers` reads a SentencePiece model.
struct SentencePieceStyle {
    enum MergeOrder {
        /// By score, between normal pieces only.
        case score
        /// By id, between all pieces.
        case id
    }

    /// The texts that get a space before them.
    var prefix: SpacePrefix
    /// Whether a text that starts with a space gets another one.
    var doublesSpace = false
    /// Whether runs of spaces become one, and spaces at both ends are left out.
    var removesExtraSpaces = false
    /// Whether the space before a text is left out again in decoding.
    var stripsSpace: Bool
    var mergeOrder: MergeOrder
    var hasFallback = true
    /// Whether a character without a token or bytes becomes the unknown token, instead of nothing.
    var hasUnknown = true
    /// Whether user-defined pieces are found in the normalised text, instead of being added tokens.
    var isolatesUserDefined = false
    var names: SpecialTokenNames
    /// Further tokens of the class that are special if the model has them.
    var specialTokens: [String] = []
    var addsBOS = false

    private static let llamaNames = SpecialTokenNames(bos: "<s>", eos: "</s>", unknown: "<unk>")

    /// The style of the settings' class.
    static func named(_ settings: TokenizerSettings, _ model: SentencePieceModel) throws(TokenizerError) -> Self {
        switch settings.sentencePieceClass {
        case "LlamaTokenizer": try llama(settings)
        case "CodeLlamaTokenizer": try codeLlama(settings)
        case "GemmaTokenizer": try gemma(settings, model)
        default: try processor(settings, model)
        }
    }

    private static func llama(_ settings: TokenizerSettings) throws(TokenizerError) -> Self {
        let hasPrefix = try settings.fields.bool("add_prefix_space", default: true)
        let isLegacy = try settings.fields.bool("legacy", default: false)
        return Self(
            prefix: hasPrefix ? isLegacy ? .always : .first : .never, stripsSpace: hasPrefix, mergeOrder: .id,
            hasUnknown: false, names: llamaNames)
    }

    private static func codeLlama(_ settings: TokenizerSettings) throws(TokenizerError) -> Self {
        let hasPrefix = try settings.fields.bool("add_prefix_space", default: true)
        return Self(
            prefix: hasPrefix ? .first : .never, stripsSpace: true, mergeOrder: .id, names: llamaNames,
            specialTokens: ["PRE", "MID", "SUF", "EOT"].map { "\(Spaces.markText)<\($0)>" } + ["<FILL_ME>"],
            addsBOS: true)
    }

    /// Gemma's runs of spaces are user-defined pieces, which SentencePiece and Gemma's `tokenizer.json` find whole.
    private static func gemma(
        _ settings: TokenizerSettings, _ model: SentencePieceModel
    ) throws(TokenizerError) -> Self {
        var style = try processor(settings, model)
        style.names = SpecialTokenNames(bos: "<bos>", eos: "<eos>", unknown: "<unk>", padding: "<pad>")
        style.specialTokens = ["<mask>"]
        return style
    }

    /// The style of the model's own settings, as SentencePiece itself encodes.
    private static func processor(
        _ settings: TokenizerSettings, _ model: SentencePieceModel
    ) throws(TokenizerError) -> Self {
        let isLegacy = try settings.fields.bool("legacy", default: true)
        let hasPrefix = model.normalizer.addsDummyPrefix
        func name(_ id: Int) -> String? { model.pieces.tokens.indices.contains(id) ? model.pieces.tokens[id] : nil }
        return Self(
            prefix: hasPrefix ? isLegacy ? .always : .first : .never, doublesSpace: isLegacy,
            removesExtraSpaces: model.normalizer.removesExtraSpaces, stripsSpace: hasPrefix, mergeOrder: .score,
            hasFallback: model.trainer.byteFallback, isolatesUserDefined: true,
            names: SpecialTokenNames(
                bos: name(model.trainer.bosID), eos: name(model.trainer.eosID),
                unknown: name(model.trainer.unknownID)))
    }
}

extension TokenizerSettings {
    /// The class whose way of reading a SentencePiece model applies; nil for the model's own settings.
    fileprivate var sentencePieceClass: String? {
        if let modelType {
            // `transformers` reads these without regard to the class that the configuration names.
            if Self.genericTypes.contains(modelType) { return nil }
            if className == nil, modelType.hasPrefix("gemma") { return "GemmaTokenizer" }
        }
        return className
    }

    private static let genericTypes: Set = [
        "ernie4_5", "ernie4_5_moe", "internlm2", "internlm3", "jamba", "minicpm3", "ministral", "ministral3", "mistral",
        "mistral3", "mixtral", "nemotron", "phi3", "phi3_v", "phimoe", "pixtral", "voxtral",
    ]
}
