/// Published patterns, by the model family that introduced them.
enum KnownPatterns {
    static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    private static let contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
    private static let whitespace = #"\s*[\r\n]+|\s+(?!\S)|\s+"#
    private static let symbols = #" ?[^\s\p{L}\p{N}]+[\r\n]*"#

    static let llama3 = #"\#(contractions)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|\#(symbols)|\#(whitespace)"#
    static let qwen2 = #"\#(contractions)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|\#(symbols)|\#(whitespace)"#

    private static let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
    private static let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#
    private static let casedWord = #"[^\r\n\p{L}\p{N}]?\#(upper)*\#(lower)+"#
    private static let capitalWord = #"[^\r\n\p{L}\p{N}]?\#(upper)+\#(lower)*"#
    private static let pathSymbols = #" ?[^\s\p{L}\p{N}]+[\r\n/]*"#

    static let gpt4o =
        #"\#(casedWord)\#(contractions)?|\#(capitalWord)\#(contractions)?|\p{N}{1,3}|\#(pathSymbols)|\#(whitespace)"#
    static let tekken = #"\#(casedWord)|\#(capitalWord)|\p{N}|\#(pathSymbols)|\#(whitespace)"#

    static let threeDigits = #"\p{N}{1,3}"#
    static let words = #"\S+"#
    static let lines = #"[^\n]+|[\n]+"#
    static let qwen2WithoutContractions =
        #"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|\#(symbols)|\#(whitespace)"#
    static let qwen35 =
        #"\#(contractions)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\#(whitespace)"#
    static let minicpm5 = #"\#(contractions)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+|\#(symbols)|\#(whitespace)"#
    static let seedCoder =
        #"\#(contractions)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|\#(whitespace)"#
    static let bailing =
        #"\#(contractions)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|\#(symbols)|\s*[\r\n]|\s+(?!\S)|\s+"#
    static let exaoneMoE =
        #"\#(contractions)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?"#
        + #"|\s*[\r\n]|\s+(?!\S)|\s+"#
    static let youtu =
        #"\#(casedWord)\#(contractions)?|\#(capitalWord)\#(contractions)?|\p{N}|\#(pathSymbols)|\#(whitespace)"#
    /// Whitespace in runs whose lengths are powers of two.
    static let jais2 =
        #"\#(contractions)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|\#(symbols)|\s*[\r\n]+"#
        + [512, 256, 128, 64, 32, 16, 8, 4].map { #"|\s{\#($0)}(?!\S)"# }.joined() + #"|\s{1,2}(?!\S)|\s"#
    /// Letters that are not Han, with optional contractions after them, and Han in words of its own (Kimi K2).
    static let kimi =
        #"[\p{Han}]+|[^\r\n\p{L}\p{N}]?\#(upperNotHan)*\#(lowerNotHan)+\#(contractions)?"#
        + #"|[^\r\n\p{L}\p{N}]?\#(upperNotHan)+\#(lowerNotHan)*\#(contractions)?"#
        + #"|\p{N}{1,3}|\#(symbols)|\#(whitespace)"#
    private static let upperNotHan = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"#
    private static let lowerNotHan = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]"#
    /// OpenAI's for GPT-4: white space at the very end is one word.
    static let cl100k =
        #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|\#(symbols)|\s+(?![\s\S])|\s*[\r\n]"#
        + #"|\s+(?!\S)|\s"#
    static let bloom = #" ?[^(\s|\#(KnownScripts.sentenceMarks))]+"#

    private static let camelWord =
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"##
        + #"|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"#

    /// Patterns that are applied in order, as the following ones are.
    static let deepSeekV3 = [
        threeDigits, "[\(KnownScripts.hanAndKana)]+",
        #"\#(camelWord)| ?[\p{P}\p{S}]+[\r\n]*|\#(whitespace)"#,
    ]
    static let afmoe = [
        "[\(KnownScripts.afmoe)]+",
        #"\#(camelWord)| ?[\p{P}\p{S}]+[\r\n]*|\#(whitespace)"#,
    ]
    static let spark = [
        threeDigits, "[\(KnownScripts.hanAndKana)]+",
        #"\#(camelWord)| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+"#, digit,
    ]
    static let deepSeekLLM = [
        #"[\r\n]"#, #"\s?[\#(KnownScripts.casedLetters)]+"#, #"\s?[\#(KnownScripts.punctuation)]+"#,
        "[\(KnownScripts.eastAsian)]+", digits,
    ]
    static let deepSeekCoder = [
        #"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, "[\(KnownScripts.eastAsian)]+", digit,
    ]
    static let falcon = [punctuation + "+", gpt2, "[0-9][0-9][0-9]"]
    static let chameleon = [
        "<sentinel:[0-9]+>", "IMGIMG[A-I]{1,4}Z", #"[\t\n]|    |  "#, digit, #"[\p{P}!-/:-@\[-`{-~]"#, gpt2,
    ]

    /// Patterns that llama.cpp applies, in order, if a file does not name its pre-tokenizer.
    static let llamaCppDefault = [#"[\p{P}\$\+<=>\^~\|]+"#, gpt2, digits, "[0-9][0-9][0-9]"]

    static let asciiDigit = "[0-9]"
    static let digit = #"\p{N}"#
    static let digits = #"\p{N}+"#
    /// Punctuation as the tokenizers library defines it, which includes ASCII symbols. (For other scalars the library
    /// uses an older Unicode version, which lacks some hundred marks of historic scripts.)
    static let punctuation = #"[\p{P}$+<=>^`|~]"#
}
