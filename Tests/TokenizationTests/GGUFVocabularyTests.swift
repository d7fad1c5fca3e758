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

    @Test func `digits are grouped from the right`() throws {
        var vocabulary = try Self.vocabulary(of: TokenizerFixture("bytebpe-gpt2"), pre: "superbpe")
        vocabulary.tokens += ["12", "23", "34", "234"]
        vocabulary.tokenTypes += [1, 1, 1, 1]
        vocabulary.merges = ["1 2", "2 3", "3 4", "2 34"]
        let tokenizer = try Tokenizer(gguf: vocabulary)
        func pieces(_ text: String) -> [String] {
            tokenizer.encode(text, addSpecialTokens: false).map { tokenizer.tokenText($0) }
        }
        #expect(pieces("1234") == ["1", "23", "4"])
        #expect(pieces("12") == ["12"])
        #expect(pieces("12342") == ["12", "34", "2"])
        #expect(pieces("x123y12") == ["x", "12", "3", "y", "12"])
    }

    /// One name of each kind of pre-tokenizer.
    static let kinds = [
        "default", "smollm", "starcoder", "gpt-4o", "tekken", "deepseek-v3", "dbrx", "glm4", "jais-2", "qwen35",
        "laguna", "ufakzeka", "minicpm5", "seed-coder", "bailingmoe", "exaone-moe", "youtu", "deepseek-llm",
        "deepseek-coder", "spark2_5", "falcon", "bloom", "viking", "chameleon", "tiny_aya", "superbpe", "afmoe",
        "kimi-k2",
    ]

    @Test(arguments: kinds)
    func `a text survives encoding with every pre-tokenizer`(_ pre: String) throws {
        let fixture = try TokenizerFixture("bytebpe-gpt2")
        let tokenizer = try Tokenizer(gguf: try Self.vocabulary(of: fixture, pre: pre))
        for vector in try #require(fixture.vectors["vectors"]?.arrayValue) {
            let text = try #require(vector["text"]?.stringValue)
            let ids = tokenizer.encode(text, addSpecialTokens: false)
            #expect(tokenizer.decode(ids, skipSpecialTokens: false).isIdentical(to: text))
        }
    }

    @Test func `a vocabulary of plain words has no tokens for spaces`() throws {
        let vocabulary = GGUFVocabulary(
            model: "whitespace", pre: "whitespace", tokens: ["a", "é", "aé", "<0xC3>", "\u{2581}a", "[CLS]"],
            tokenTypes: [1, 1, 1, 6, 1, 3], merges: ["a é"])
        let tokenizer = try Tokenizer(gguf: vocabulary)
        #expect(tokenizer.encode("aé  éa\na[CLS]", addSpecialTokens: false) == [2, 1, 0, 0, 5])
        // Of the bytes of a character without a token, those that are tokens are left.
        #expect(tokenizer.encode("aà", addSpecialTokens: false) == [0])
        #expect(tokenizer.tokenText(4) == "\u{2581}a" && tokenizer.tokenText(2) == "aé")
    }

    @Test func `a Kimi vocabulary without merges is merged by rank`() throws {
        var tokens = try Self.vocabulary(of: TokenizerFixture("bytebpe-gpt2"), pre: "kimi-k2")
        let merged = try Tokenizer(gguf: tokens)
        tokens.merges = []
        let ranked = try Tokenizer(gguf: tokens)
        for text in ["Hello wörld", "中文English混排", "the quick brown fox's 12345"] {
            #expect(
                ranked.encode(text, addSpecialTokens: false) == merged.encode(text, addSpecialTokens: false))
        }
    }

    private static let base = GGUFVocabulary(model: "gpt2", pre: "gpt-2", tokens: ["a", "b", "ab"], merges: ["a b"])

    @Test func `an unknown or broken vocabulary is refused`() throws {
        #expect(try Tokenizer(gguf: Self.base).encode("ab", addSpecialTokens: false) == [2])
        let changes: [(String, (inout GGUFVocabulary) -> Void)] = [
            ("tokenizer.ggml.scores", { $0.model = "llama" }), ("bert", { $0.model = "bert" }),
            ("no-such-pre", { $0.pre = "no-such-pre" }),
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
