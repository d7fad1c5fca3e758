import Support
import TestSupport
import Testing
import Tokenization

/// Every name of a pre-tokenizer that llama.cpp knows, against the words into which it splits texts.
@Suite struct PreTokenizerNameTests {
    private static let json = Result { try Fixtures.json("tokenizers/pre_tokenizers.json") }

    /// Vocabularies that llama.cpp splits at line ends only; here whole texts are merged, with the same tokens.
    private static let spaced: Set = ["gemma4", "granite-embed-multi-311m", "sarvam-moe"]

    /// A tokenizer with a token for each byte.
    private static func tokenizer(_ pre: String) throws -> Tokenizer {
        let alphabet = UInt8.min...UInt8.max
        var tokens: [String] = []
        if pre == "whitespace" {
            tokens = alphabet.map { "<0x\($0 < 16 ? "0" : "")\(String($0, radix: 16, uppercase: true))>" }
        } else {
            let ids = try #require(TokenizerFixture("bytebpe-gpt2").json["model"]?["vocab"]?.objectValue)
            tokens = ids.keys.filter { $0.unicodeScalars.count == 1 }
        }
        #expect(tokens.count == 256)
        return try Tokenizer(
            gguf: GGUFVocabulary(model: pre == "whitespace" ? "whitespace" : "gpt2", pre: pre, tokens: tokens))
    }

    @Test func `all names split texts as llama.cpp or the model's own tokenizer does`() throws {
        let json = try Self.json.get()
        let texts = json["texts"]?.strings ?? []
        #expect(texts.count > 50)
        var names = 0
        for group in try #require(json["groups"]?.arrayValue) {
            let rows = try #require(group["lengths"]?.arrayValue)
            for name in try #require(group["names"]).strings {
                names += 1
                let tokenizer = try Self.tokenizer(name)
                guard !Self.spaced.contains(name) else { continue }
                for (index, text) in texts.enumerated() {
                    // llama.cpp only approaches some patterns.
                    let lengths = (group["own"]?[String(index)] ?? rows[index]).ids.map { Int($0) }
                    let words = tokenizer.words(of: text)
                    #expect(words.map(\.utf8.count) == lengths, "\(name): \(words)")
                }
            }
        }
        #expect(names == 91)
    }
}
