import EngineTypes
import Needletail
import Support
import Tokenization

/// What tokens are called in answers.
struct TokenNames: Sendable {
    let input: InputProcessor
    /// `token_id:7` in place of the text.
    let byID: Bool
    /// Special tokens leave no text.
    let skipsSpecialTokens: Bool

    init(_ request: GenerationFields, _ input: InputProcessor) {
        self.input = input
        byID = request.namesTokensByID
        skipsSpecialTokens = request.sampling.skipSpecialTokens
    }

    /// Reads an output.
    var outputReader: TokenReader { TokenReader(self, skipsSpecialTokens: skipsSpecialTokens) }

    /// Reads a prompt. `text`: what it stands in, where that is not just its tokens' texts.
    func promptReader(in text: String? = nil) -> TokenReader {
        TokenReader(self, skipsSpecialTokens: false, text: text)
    }

    static func name(_ token: TokenID) -> String { "token_id:\(token)" }

    func bytes(_ token: TokenID) -> JSONValue {
        guard let tokenizer = input.tokenizer?.tokenizer else { return .null }
        return .array(tokenizer.tokenBytes(token).map { .integer(Int($0)) })
    }
}

/// Names the tokens of one text in their order. As in vLLM a token that ends within a character has no text, and the one
/// that completes it has the whole character: each token's text stands at its offset.
struct TokenReader: Sendable {
    private let names: TokenNames
    private let skipsSpecialTokens: Bool
    private var detokenizer: IncrementalDetokenizer?
    /// Of the text that the tokens stand in, the bytes that come next; nil where it is just the tokens' texts.
    private var rest: ArraySlice<UInt8>?
    /// Characters (code points) before the next token.
    private(set) var offset = 0

    fileprivate init(_ names: TokenNames, skipsSpecialTokens: Bool, text: String? = nil) {
        self.names = names
        self.skipsSpecialTokens = skipsSpecialTokens
        detokenizer = names.input.tokenizer.map {
            IncrementalDetokenizer(tokenizer: $0.tokenizer, skipSpecialTokens: skipsSpecialTokens)
        }
        rest = text.map { Array($0.utf8)[...] }
    }

    /// What a token is called if it comes next.
    func name(_ token: TokenID) -> String {
        names.byID ? TokenNames.name(token) : text(token) ?? TokenNames.name(token)
    }

    /// The text that becomes certain if a token comes next; a special token's own text, shown or not. Nil without a tokenizer.
    func text(_ token: TokenID) -> String? {
        guard let tokenizer = names.input.tokenizer?.tokenizer, var next = detokenizer else { return nil }
        if skipsSpecialTokens, tokenizer.isSpecial(token) { return tokenizer.decode([token], skipSpecialTokens: false) }
        return next.append(token)
    }

    func bytes(_ token: TokenID) -> JSONValue { names.bytes(token) }

    /// Goes past a token.
    mutating func read(_ token: TokenID) {
        guard let text = detokenizer?.append(token) else { return }
        // What the tokenizer puts around a text, such as BOS, is no part of it.
        if let rest, !rest.starts(with: text.utf8), isSpecial(token) { return }
        rest = rest?.dropFirst(text.utf8.count)
        offset += text.unicodeScalars.count
    }

    /// The text goes on with another one after so many characters.
    mutating func move(to offset: Int) { self.offset = offset }

    private func isSpecial(_ token: TokenID) -> Bool { names.input.tokenizer?.tokenizer.isSpecial(token) ?? false }
}
