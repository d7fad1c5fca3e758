import Support
import TestSupport
import Testing
import Tokenization

/// Every malformed file gives an error that names what is wrong.
@Suite struct InvalidFileTests {
    private static let base: JSONValue = [
        "added_tokens": [["id": 3, "content": "<s>", "special": true]],
        "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false],
        "decoder": ["type": "ByteLevel"],
        "model": ["type": "BPE", "vocab": ["a": 0, "b": 1, "ab": 2], "merges": ["a b"]],
    ]

    private func expectError(_ json: JSONValue, naming expected: String, _ location: SourceLocation = #_sourceLocation)
    {
        let error = #expect(throws: TokenizerError.self, sourceLocation: location) {
            try Tokenizer(tokenizerJSON: json)
        }
        let description = error?.description ?? "no error"
        #expect(description.contains(expected), "\(description)", sourceLocation: location)
    }

    @Test func `the file that the tests break is valid`() throws {
        let tokenizer = try Tokenizer(tokenizerJSON: Self.base)
        #expect(tokenizer.encode("abb<s>", addSpecialTokens: false) == [2, 1, 3])
        #expect(tokenizer.vocabularySize == 4)
        // Bytes without a token and ids without a token leave nothing.
        #expect(tokenizer.encode("xyz", addSpecialTokens: false) == [])
        #expect(tokenizer.decode([9, .max, 0], skipSpecialTokens: true) == "a")
        #expect(tokenizer.tokenBytes(.max) == [] && tokenizer.tokenText(.max) == "" && !tokenizer.isSpecial(.max))
    }

    @Test(arguments: ["model", "decoder", "pre_tokenizer"])
    func `a missing or unknown component is named`(_ key: String) {
        expectError(Self.base.setting(key, to: .null), naming: "\(key) is missing")
        expectError(Self.base.setting(key, to: 3), naming: "\(key) is of type integer")
        expectError(Self.base.setting(key, "type", to: "Strange"), naming: "Strange")
    }

    @Test(arguments: ["normalizer", "post_processor"])
    func `an unknown optional component is named`(_ key: String) {
        expectError(Self.base.setting(key, to: ["type": "Strange"]), naming: "\(key).type Strange")
        expectError(Self.base.setting(key, to: ["type": "Sequence"]), naming: "\(key).")
        expectError(Self.base.setting(key, to: "NFC"), naming: "\(key) is of type string")
    }

    @Test func `JSON that is not a tokenizer is refused`() {
        for json: JSONValue in [.null, 1, [], [:], "x"] { expectError(json, naming: "tokenizer: ") }
    }

    @Test func `a mistake in the vocabulary is named`() {
        let ids: [(JSONValue, String)] = [
            (-1, "-1"), (4_194_304, "4194304"), (.integer(.max), "9223372036854775807"), ("0", "\"0\""), (0.5, "0.5"),
            (1, "belongs to both"),
        ]
        for (id, expected) in ids {
            expectError(Self.base.setting("model", "vocab", "a", to: id), naming: expected)
        }
        expectError(Self.base.setting("model", "vocab", to: []), naming: "model.vocab")
        expectError(Self.base.setting("model", "unk_token", to: "?"), naming: "unk_token")
        expectError(Self.base.setting("model", "byte_fallback", to: 1), naming: "byte_fallback")
    }

    @Test func `a mistake in the merges is named`() {
        let merges: [(JSONValue, String)] = [
            ([["a", "c"]], "merges[0]"), (["a b", "b b"], "merges[1]"), (["ab"], "merges[0]"), ([["a"]], "merges[0]"),
            ([["a", "b"], 4], "merges[1]"), ([""], "merges[0]"), (["a b b"], "merges[0]"), ("a b", "model.merges"),
        ]
        for (value, expected) in merges {
            expectError(Self.base.setting("model", "merges", to: value), naming: expected)
        }
    }

    @Test func `a mistake in the added tokens is named`() {
        let tokens: [(JSONValue, String)] = [
            (["id": 1, "content": "<s>"], "belongs to both"), (["id": -1, "content": "<s>"], "added_tokens[0].id"),
            (["id": 99_999_999, "content": "<s>"], "added_tokens[0].id"), (["content": "<s>"], "added_tokens[0].id"),
            (["id": 3], "added_tokens[0].content"), (["id": 3, "content": ""], "added_tokens[0].content"),
            (["id": 3, "content": "<s>", "lstrip": 1], "added_tokens[0].lstrip"), ("<s>", "added_tokens[0]"),
        ]
        for (token, expected) in tokens {
            expectError(Self.base.setting("added_tokens", to: [token]), naming: expected)
        }
    }

    @Test func `a post-processor with an unknown token is refused`() {
        let roberta: JSONValue = ["type": "RobertaProcessing", "sep": ["</s>", 70], "cls": ["<s>", 3]]
        expectError(Self.base.setting("post_processor", to: roberta), naming: "names token 70")
    }

    @Test(arguments: [
        "(a", "a)", "[a", "a**", "a++", "(?<=a)b", "\\b", "\\p{Greek}", "[\\P{Han}a]", "[a-z&&b]", "a{2", "a{3,2}",
        "a{9999}", "^a", "",
        "(((a{1000}){1000}){1000}){1000}", "(?!ab)", "\\", "[]", "(?x:a)", "*",
    ])
    func `a pattern that is invalid or not supported is named`(_ pattern: String) {
        let split: JSONValue = ["type": "Split", "pattern": ["Regex": .string(pattern)], "behavior": "Isolated"]
        let sequence: JSONValue = ["type": "Sequence", "pretokenizers": [split, ["type": "ByteLevel"]]]
        let json = Self.base.setting("pre_tokenizer", to: sequence)
        if pattern.isEmpty {
            #expect(throws: Never.self) { try Tokenizer(tokenizerJSON: json) }
        } else {
            expectError(json, naming: "in \(pattern)")
        }
    }

    /// Any damage to a real file is an error or a tokenizer, never a crash.
    @Test func `a damaged file never crashes the loader`() throws {
        let bytes = try Fixtures.bytes("tokenizers/bytebpe-llama3/tokenizer.json")
        var random = SplitMix(seed: 17)
        for _ in 0..<150 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                // The head holds the components, the rest vocabulary and merges.
                let limit = Bool.random(using: &random) ? 2500 : bytes.count
                damaged[Int.random(in: 0..<limit, using: &random)] = UInt8.random(in: 32...126, using: &random)
            }
            guard let json = try? JSONValue(parsing: damaged),
                let tokenizer = try? Tokenizer(tokenizerJSON: json)
            else { continue }
            _ = tokenizer.decode(tokenizer.encode("Hello wörld 123\n", addSpecialTokens: true), skipSpecialTokens: true)
        }
    }
}
