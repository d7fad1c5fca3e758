import Support
import Testing
import Tokenization

@Suite struct AddedTokenTests {
    private func pieces(of text: String, tokens: [JSONValue], normalizer: JSONValue = .null) throws -> [String] {
        let whole: JSONValue = ["type": "Split", "pattern": ["Regex": "[^#]+"], "behavior": "Isolated"]
        let known = ["ab", " b", "a ", "a  ", "xa", "  "]
        let tokenizer = try PieceTokenizer(
            pieces: known, preTokenizer: whole, normalizer: normalizer, addedTokens: tokens)
        return tokenizer.pieces(of: text)
    }

    @Test func `of the leftmost added tokens the longest wins`() throws {
        let tokens: [JSONValue] = [["content": "<a"], ["content": "<a><b>"], ["content": "a><c"]]
        #expect(try pieces(of: "x<a><b><a><c", tokens: tokens) == ["x", "<a><b>", "<a", ">", "<", "c"])
    }

    @Test func `an added token takes white space along only if it says so`() throws {
        let plain = try pieces(of: "a <m> b", tokens: [["content": "<m>"]])
        #expect(plain == ["a ", "<m>", " b"])
        let left = try pieces(of: "a  <m> b", tokens: [["content": "<m>", "lstrip": true]])
        #expect(left == ["a", "<m>", " b"])
        let right = try pieces(of: "a \u{00A0}<m> \u{3000}b", tokens: [["content": "<m>", "rstrip": true]])
        #expect(right.last == "b" && right.suffix(2).first == "<m>")
        let both = try pieces(of: "<m>  <m>", tokens: [["content": "<m>", "lstrip": true, "rstrip": true]])
        #expect(both == ["<m>", "<m>"])
    }

    @Test(arguments: [
        ("tok", 1), ("(tok)", 1), ("xtok", 0), ("tok1", 0), ("tok_", 0), ("étok", 0), ("tok\u{301}", 0), ("tok-tok", 2),
        ("toktok", 0), ("tok toks", 1),
    ])
    func `a single-word token matches whole words only`(_ text: String, _ count: Int) throws {
        let found = try pieces(of: text, tokens: [["content": "tok", "single_word": true]])
        #expect(found.count { $0 == "tok" } == count)
    }

    /// An added token that the model has as well keeps the model's id.
    @Test func `an added token that the model has keeps the model's id`() throws {
        let fixture = try TokenizerFixture("bytebpe-gpt2")
        let json = fixture.json.setting("added_tokens", to: [["id": 1400, "content": "a", "special": true]])
        let tokenizer = try Tokenizer(tokenizerJSON: json)
        let id = try #require(tokenizer.tokenID(of: "a"))
        #expect(id == (try fixture.tokenizer().tokenID(of: "a")))
        #expect(tokenizer.isSpecial(id))
        #expect(tokenizer.decode(tokenizer.encode("cab", addSpecialTokens: false), skipSpecialTokens: true) == "cb")
    }

    @Test func `normalized tokens are found in normalized text`() throws {
        let lowercase: JSONValue = ["type": "Lowercase"]
        let found = try pieces(of: "xaFOO", tokens: [["content": "Foo", "normalized": true]], normalizer: lowercase)
        #expect(found == ["xa", "Foo"])
        let written = try pieces(of: "xaFOO", tokens: [["content": "Foo", "normalized": false]], normalizer: lowercase)
        #expect(!written.contains("Foo"))
    }

    @Test func `the configuration adds tokens and roles`() throws {
        let fixture = try TokenizerFixture("bytebpe-gpt2")
        let config: JSONValue = [
            "bos_token": ["content": "<|endoftext|>"], "eos_token": "<|end|>", "pad_token": .null,
            "added_tokens_decoder": ["1401": ["content": "<|end|>", "special": true]],
        ]
        let tokenizer = try Tokenizer(tokenizerJSON: fixture.json, configJSON: config)
        #expect(tokenizer.specialTokenIDs == SpecialTokenIDs(bos: 1400, eos: 1401))
        #expect(tokenizer.encode("<|end|>", addSpecialTokens: false) == [1401])
        #expect(tokenizer.tokenText(1401) == "<|end|>" && tokenizer.tokenID(of: "<|end|>") == 1401)
        #expect(tokenizer.isSpecial(1401))
    }
}
