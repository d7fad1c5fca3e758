/// The pre-tokenization that a value of `tokenizer.ggml.pre` stands for.
///
/// The patterns are those of the models' own tokenizers where llama.cpp only approaches them.
struct GGUFPreTokenization: Sendable {
    /// Patterns that are applied in order, with their matches isolated.
    var patterns: [String]
    /// Whether digits are first put into groups of three from the right.
    var groupsDigits = false
    var ignoresMerges = false
    /// Whether BOS is added if the file does not say.
    var addsBOS = false
    var spelling = Spelling.bytes

    /// Names of vocabularies that are spelled with `▁` for a space and merged as whole texts.
    static let spacedNames: Set = ["gemma4", "granite-embed-multi-311m", "sarvam-moe"]

    static func named(_ name: String) throws(TokenizerError) -> Self {
        guard let style = known[name] else {
            throw .unsupported(field: "tokenizer.ggml.pre", value: name, known: Array(spacedNames.union(known.keys)))
        }
        return style
    }

    private static let known: [String: Self] = {
        var known: [String: Self] = [:]
        for (names, style) in styles {
            for name in names { known[name] = style }
        }
        return known
    }()

    private static let styles: [(names: [String], style: Self)] = [
        (["default"], Self(patterns: KnownPatterns.llamaCppDefault)),
        (
            [
                "gpt-2", "phi-2", "mpt", "olmo", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de",
                "a.x-4.0",
                "mellum", "modern-bert", "jina-v1-en", "jina-v2-code", "roberta-bpe", "exaone4", "jais", "trillion",
                "granite-docling",
            ], Self(patterns: [KnownPatterns.gpt2])
        ),
        // Non-ASCII numbers stay with their neighbours, as in the reference implementation.
        (["smollm"], Self(patterns: [KnownPatterns.asciiDigit, KnownPatterns.gpt2])),
        (
            ["starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"],
            Self(patterns: [KnownPatterns.digit, KnownPatterns.gpt2])
        ),
        (
            [
                "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
                "jina-v5-nano",
            ], Self(patterns: [KnownPatterns.llama3], ignoresMerges: true, addsBOS: true)
        ),
        (["dbrx", "smaug-bpe", "chatglm-bpe"], Self(patterns: [KnownPatterns.llama3])),
        (["glm4", "glm5"], Self(patterns: [KnownPatterns.llama3], ignoresMerges: true)),
        (["jais-2"], Self(patterns: [KnownPatterns.jais2])),
        (
            [
                "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "megrez", "hunyuan", "solar-open",
                "grok-2",
            ], Self(patterns: [KnownPatterns.qwen2])
        ),
        (["qwen35"], Self(patterns: [KnownPatterns.qwen35])),
        (["laguna"], Self(patterns: [KnownPatterns.lines, KnownPatterns.qwen2])),
        (["ufakzeka"], Self(patterns: [KnownPatterns.qwen2WithoutContractions])),
        (["minicpm5"], Self(patterns: [KnownPatterns.threeDigits, KnownPatterns.minicpm5], ignoresMerges: true)),
        (["seed-coder"], Self(patterns: [KnownPatterns.seedCoder])),
        (["bailingmoe", "bailingmoe2", "llada-moe"], Self(patterns: [KnownPatterns.bailing])),
        (["exaone-moe"], Self(patterns: [KnownPatterns.exaoneMoE])),
        (["gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"], Self(patterns: [KnownPatterns.gpt4o])),
        (["granite-embed-multi-97m"], Self(patterns: [KnownPatterns.gpt4o], ignoresMerges: true)),
        (["youtu"], Self(patterns: [KnownScripts.youtu, KnownPatterns.youtu], ignoresMerges: true)),
        (["tekken"], Self(patterns: [KnownPatterns.tekken], ignoresMerges: true, addsBOS: true)),
        (["deepseek-llm"], Self(patterns: KnownPatterns.deepSeekLLM)),
        (["deepseek-coder"], Self(patterns: KnownPatterns.deepSeekCoder)),
        (["deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"], Self(patterns: KnownPatterns.deepSeekV3)),
        (["spark2_5"], Self(patterns: KnownPatterns.spark)),
        (["falcon"], Self(patterns: KnownPatterns.falcon)),
        (["tiny_aya", "cohere2moe"], Self(patterns: [KnownPatterns.gpt4o], groupsDigits: true)),
        (["superbpe"], Self(patterns: [], groupsDigits: true)),
        (["afmoe"], Self(patterns: KnownPatterns.afmoe, groupsDigits: true)),
        (["poro-chat", "bloom", "gpt3-finnish"], Self(patterns: [KnownPatterns.bloom])),
        (["viking"], Self(patterns: [KnownPatterns.bloom, KnownPatterns.digit])),
        (["kimi-k2"], Self(patterns: [KnownPatterns.kimi], ignoresMerges: true)),
        (["whitespace"], Self(patterns: [KnownPatterns.words], spelling: .plain)),
        (["chameleon"], Self(patterns: KnownPatterns.chameleon, addsBOS: true)),
    ]
}
