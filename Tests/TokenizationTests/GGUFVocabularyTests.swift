import Support
import TestSupport
import Testing
import Tokenization

/// Tokenizers built from GGUF metadata, filled from the fixtures of the other format.
@Suite struct GGUFVocabularyTests {
    private static func vocabulary(of fixture: TokenizerFixture, pre: String) throws -> GGUFVocabulary {
        let added = try #require(fixture.json["added_tokens"]?.arrayValue)
        let model = try #require(fixture.json["model"]?["vocab"]?.objectValue)
        var tokens = [String](repeating: "", count: model.count + added.count)
        var types = [Int32](repeating: 1, count: tokens.count)
        for (token, id) in model.members { tokens[try #require(id.intValue)] = token }
        for token in added {
            let id = try #require(token["id"]?.intValue)
            tokens[id] = try #require(token["content"]?.stringValue)
            types[id] = 3
        }
        let merges = try #require(fixture.json["model"]?["merges"]?.arrayValue)
        return GGUFVocabulary(
            model: "gpt2", pre: pre, tokens: tokens, tokenTypes: types,
            merges: merges.map { $0.stringValue ?? $0.strings.joined(separator: " ") })
    }

    @Test(arguments: [("bytebpe-gpt2", "gpt-2"), ("bytebpe-llama3", "llama-bpe"), ("bytebpe-qwen2", "qwen2")])
    func `a GGUF vocabulary encodes like the same tokenizer.json`(_ name: String, _ pre: String) throws {
        let fixture = try TokenizerFixture(name)
        var vocabulary = try Self.vocabulary(of: fixture, pre: pre)
        if name == "bytebpe-llama3" {
            vocabulary.specialTokenIDs.bos = UInt32(try #require(vocabulary.tokens.firstIndex(of: "<|begin_of_text|>")))
        }
        let tokenizer = try Tokenizer(gguf: vocabulary)
        // The format has no normaliser: texts that one of the other format changes differ.
        let reference = try Tokenizer(tokenizerJSON: fixture.json.setting("normalizer", to: .null))
        for vector in try #require(fixture.vectors["vectors"]?.arrayValue) {
            let text = try #require(vector["text"]?.stringValue)
            let ids = tokenizer.encode(text, addSpecialTokens: true)
            #expect(ids == reference.encode(text, addSpecialTokens: true), "\(text.debugDescription)")
            #expect(
                tokenizer.decode(ids, skipSpecialTokens: false)
                    .isIdentical(to: reference.decode(ids, skipSpecialTokens: false)))
        }
    }

    @Test func `special tokens are added as the file says`() throws {
        var vocabulary = try Self.vocabulary(of: TokenizerFixture("bytebpe-gpt2"), pre: "gpt-2")
        vocabulary.specialTokenIDs = SpecialTokenIDs(bos: 1400, eos: 7)
        vocabulary.addBOS = true
        vocabulary.addEOS = true
        let tokenizer = try Tokenizer(gguf: vocabulary)
        #expect(tokenizer.bosTokenID == 1400)
        #expect(tokenizer.eosTokenID == 7)
        let plain = tokenizer.encode("Hello", addSpecialTokens: false)
        #expect(tokenizer.encode("Hello", addSpecialTokens: true) == [1400] + plain + [7])
        vocabulary.addSpacePrefix = true
        let prefixed = try Tokenizer(gguf: vocabulary)
        #expect(
            prefixed.encode("Hello", addSpecialTokens: false) == tokenizer.encode(" Hello", addSpecialTokens: false))
    }

    /// Control tokens are skipped on request, the user's own tokens are text.
    @Test func `control tokens are special, user-defined tokens are text`() throws {
        var vocabulary = try Self.vocabulary(of: TokenizerFixture("bytebpe-gpt2"), pre: "default")
        vocabulary.tokens.append("<tool_call>")
        vocabulary.tokenTypes.append(4)
        let tokenizer = try Tokenizer(gguf: vocabulary)
        let ids = tokenizer.encode("<tool_call><|endoftext|>", addSpecialTokens: false)
        #expect(ids == [1401, 1400])
        #expect(tokenizer.decode(ids, skipSpecialTokens: true) == "<tool_call>")
        #expect(!tokenizer.isSpecial(1401) && tokenizer.isSpecial(1400))
    }

    @Test(arguments: ["default", "smollm", "starcoder", "gpt-4o", "tekken", "deepseek-v3", "dbrx"])
    func `a text survives encoding with every pre-tokenizer`(_ pre: String) throws {
        let fixture = try TokenizerFixture("bytebpe-gpt2")
        let tokenizer = try Tokenizer(gguf: try Self.vocabulary(of: fixture, pre: pre))
        for vector in try #require(fixture.vectors["vectors"]?.arrayValue) {
            let text = try #require(vector["text"]?.stringValue)
            let ids = tokenizer.encode(text, addSpecialTokens: false)
            #expect(tokenizer.decode(ids, skipSpecialTokens: false).isIdentical(to: text))
        }
    }

    private static let base = GGUFVocabulary(model: "gpt2", pre: "gpt-2", tokens: ["a", "b", "ab"], merges: ["a b"])

    @Test func `an unknown or broken vocabulary is refused`() throws {
        #expect(try Tokenizer(gguf: Self.base).encode("ab", addSpecialTokens: false) == [2])
        let changes: [(String, (inout GGUFVocabulary) -> Void)] = [
            ("llama", { $0.model = "llama" }), ("no-such-pre", { $0.pre = "no-such-pre" }),
            ("token_type", { $0.tokenTypes = [1] }), ("token_type[2]", { $0.tokenTypes = [1, 1, 9] }),
            ("bos_token_id", { $0.specialTokenIDs.bos = 3 }), ("eos_token_id", { $0.addEOS = true }),
            ("merges[0]", { $0.merges = ["ab"] }), ("merges[1]", { $0.merges = ["a b", "b b"] }),
            ("two ids", { $0.tokens = ["a", "b", "ab", "a"] }),
        ]
        for (expected, change) in changes {
            var vocabulary = Self.base
            change(&vocabulary)
            let error = #expect(throws: TokenizerError.self) { try Tokenizer(gguf: vocabulary) }
            #expect(error?.description.contains(expected) == true, "\(error?.description ?? "no error")")
        }
    }
}
