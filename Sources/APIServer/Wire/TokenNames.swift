import EngineTypes
import Needletail
import Support
import Tokenization

/// Names tokens in answers, by text or by id.
struct TokenNames: Sendable {
    let input: InputProcessor
    /// Names tokens as in `token_id:7`, instead of by text.
    let byID: Bool
    /// Special tokens do not appear in the text.
    let skipsSpecialTokens: Bool

    init(_ request: GenerationFields, _ input: InputProcessor) {
        self.input = input
        byID = request.namesTokensByID
        skipsSpecialTokens = request.sampling.skipSpecialTokens
    }

    /// A reader of an output.
    var outputReader: TokenReader { TokenReader(self, skipsSpecialTokens: skipsSpecialTokens) }

    /// A reader of a prompt. `text`: the text that contains it, if that is not just its tokens' texts.
    func promptReader(in text: String? = nil) -> TokenReader {
        TokenReader(self, skipsSpecialTokens: false, text: text)
    }

    /// The name of a token by its id.
    static func name(_ token: TokenID) -> String { "token_id:\(token)" }

    func bytes(_ token: TokenID) -> JSONValue {
        guard let tokenizer = input.tokenizer?.tokenizer else { return .null }
        return .array(tokenizer.tokenBytes(token).map { .integer(Int($0)) })
    }
}

/// Names the tokens of one text in order. As in vLLM, a token that ends within a character has no text, and the one
/// that completes it has the whole character, so that each token's text begins at its offset.
struct TokenReader: Sendable {
    private let names: TokenNames
    private let skipsSpecialTokens: Bool
    private var detokenizer: IncrementalDetokenizer?
    /// Remaining bytes of the text that contains the tokens; nil if it is just their texts.
    private var rest: ArraySlice<UInt8>?
    /// Offset of the next token, in code points.
    private(set) var offset = 0

    fileprivate init(_ names: TokenNames, skipsSpecialTokens: Bool, text: String? = nil) {
        self.names = names
        self.skipsSpecialTokens = skipsSpecialTokens
        detokenizer = names.input.tokenizer.map {
            IncrementalDetokenizer(tokenizer: $0.tokenizer, skipSpecialTokens: skipsSpecialTokens)
        }
        rest = text.map { Array($0.utf8)[...] }
    }

    /// The name of `token` if it comes next.
    func name(_ token: TokenID) -> String {
        names.byID ? TokenNames.name(token) : text(token) ?? TokenNames.name(token)
    }

    /// The text that is complete once `token` comes next; for a special token its own text, shown or not. Nil without a
    /// tokenizer.
    func text(_ token: TokenID) -> String? {
        guard let tokenizer = names.input.tokenizer?.tokenizer, var next = detokenizer else { return nil }
        if skipsSpecialTokens, tokenizer.isSpecial(token) { return tokenizer.decode([token], skipSpecialTokens: false) }
        return next.append(token)
    }

    /// The bytes of a token as a JSON list; null without a tokenizer.
    func bytes(_ token: TokenID) -> JSONValue { names.bytes(token) }

    /// Moves past a token.
    mutating func read(_ token: TokenID) {
        guard let text = detokenizer?.append(token) else { return }
        // Special tokens that the tokenizer adds, such as BOS, are not part of the text.
        if let rest, !rest.starts(with: text.utf8), isSpecial(token) { return }
        rest = rest?.dropFirst(text.utf8.count)
        offset += text.unicodeScalars.count
    }

    /// Sets the offset of the next token: the text continues after another one of that length.
    mutating func move(to offset: Int) { self.offset = offset }

    private func isSpecial(_ token: TokenID) -> Bool { names.input.tokenizer?.tokenizer.isSpecial(token) ?? false }
}
