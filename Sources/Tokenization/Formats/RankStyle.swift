/// The settings that a tiktoken file lacks: the pattern that splits text, and the special tokens.
struct RankStyle {
    var pattern: String
    var normalizer: (any Normalizer)?
    /// The special tokens from the end of the ranks on, as far as the configuration does not name them.
    var special: [String] = []
    var names = SpecialTokenNames()

    /// The special tokens with their ids.
    func addedTokens(for file: RankFile) -> [AddedToken] {
        special.enumerated().map { index, content in
            AddedToken(id: UInt32(file.tokens.count + index), content: content, isSpecial: true)
        }
    }

    /// The style of a model family, which follows from the settings and the file's name. A pattern in the settings
    /// (`pattern` or `pat_str`) goes first.
    static func named(_ settings: TokenizerSettings, _ file: RankFile) throws(TokenizerError) -> Self {
        var style = try known(settings, file)
        for key in ["pattern", "pat_str"] where settings.fields.has(key) {
            style.pattern = try settings.fields.string(key)
        }
        return style
    }

    private static func known(_ settings: TokenizerSettings, _ file: RankFile) throws(TokenizerError) -> Self {
        let isConfigured = settings.fields.has("added_tokens_decoder")
        if settings.className == "QWenTokenizer" || file.name.hasPrefix("qwen") { return qwen }
        if settings.className == "TikTokenTokenizer" || settings.modelType?.hasPrefix("kimi") == true {
            return try kimi(settings, file)
        }
        switch file.name.prefix(while: { $0 != "." }) {
        case "cl100k_base": return Self(pattern: KnownPatterns.cl100k)
        case "o200k_base", "o200k_harmony": return Self(pattern: KnownPatterns.gpt4o)
        case "r50k_base", "p50k_base", "gpt2": return Self(pattern: KnownPatterns.gpt2)
        default: return isConfigured ? Self(pattern: KnownPatterns.llama3) : llama3
        }
    }

    private static let qwen = Self(
        pattern: KnownPatterns.qwen2, normalizer: NFCNormalizer(),
        special: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + (0..<205).map { "<|extra_\($0)|>" },
        names: SpecialTokenNames(eos: "<|endoftext|>"))

    /// Kimi reserves 256 ids after the ranks and names some of them in its configuration.
    private static func kimi(_ settings: TokenizerSettings, _ file: RankFile) throws(TokenizerError) -> Self {
        Self(
            pattern: KnownPatterns.kimi,
            special: (file.tokens.count..<file.tokens.count + 256).map { "<|reserved_token_\($0)|>" },
            names: SpecialTokenNames(bos: "[BOS]", eos: "[EOS]", unknown: "[UNK]", padding: "[PAD]"))
    }

    /// The original files of Llama 3, which come without a configuration.
    private static let llama3: Self = {
        func reserved(_ numbers: Range<Int>) -> [String] { numbers.map { "<|reserved_special_token_\($0)|>" } }
        let special =
            ["<|begin_of_text|>", "<|end_of_text|>"] + reserved(0..<4) + ["<|start_header_id|>", "<|end_header_id|>"]
            + reserved(4..<5) + ["<|eot_id|>"] + reserved(5..<251)
        return Self(
            pattern: KnownPatterns.llama3, special: special,
            names: SpecialTokenNames(bos: "<|begin_of_text|>", eos: "<|end_of_text|>"))
    }()
}
