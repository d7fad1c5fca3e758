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

    /// Patterns that are applied in order.
    static let deepSeekV3 = [
        #"\p{N}{1,3}"#,
        "[一-龥\u{3040}-ゟ゠-ヿ]+",
        ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"##
            + #"| ?[\p{P}\p{S}]+[\r\n]*|\#(whitespace)"#,
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
