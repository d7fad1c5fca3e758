import Support
import TestSupport
import Testing
import Tokenization

/// BPE over characters with `▁` for a space and bytes for what has no token.
@Suite struct SentencePieceTests {
    /// The fixture's vocabulary as a GGUF file has it: a token's score is the place of its first merge.
    private static func vocabulary(_ name: String) throws -> GGUFVocabulary {
        let model = try #require(TokenizerFixture(name).json["model"])
        let ids = try #require(model["vocab"]?.objectValue)
        var tokens = [String](repeating: "", count: ids.count)
        for (token, id) in ids.members { tokens[try #require(id.intValue)] = token }
        var scores = [Float](repeating: -1e6, count: tokens.count)
        for (rank, merge) in try #require(model["merges"]?.arrayValue).enumerated() {
            let id = try #require(ids[merge.strings.joined()]?.intValue)
            scores[id] = max(scores[id], -Float(rank))
        }
        let types = tokens.map { token -> Int32 in
            if ["<unk>", "<s>", "</s>", "<bos>", "<eos>", "<pad>"].contains(token) { return 3 }
            return token.hasPrefix("<0x") ? 6 : 1
        }
        func id(_ token: String) -> UInt32? { tokens.firstIndex(of: token).map { UInt32($0) } }
        return GGUFVocabulary(
            model: "llama", tokens: tokens, tokenTypes: types, scores: scores,
            specialTokenIDs: SpecialTokenIDs(bos: id("<s>") ?? id("<bos>"), unknown: id("<unk>")),
            addSpacePrefix: name != "spbpe-gemma")
    }

    @Test(arguments: ["spbpe-gemma", "spbpe-llama2-legacy"])
    func `scores give the tokens that merges give`(_ name: String) throws {
        let tokenizer = try Tokenizer(gguf: try Self.vocabulary(name))
        var count = 0
        for vector in try #require(TokenizerFixture(name).vectors["vectors"]?.arrayValue) {
            let text = try #require(vector["text"]?.stringValue)
            let ids = try #require(vector["ids_special"]?.ids)
            #expect(tokenizer.encode(text, addSpecialTokens: true) == ids, "\(text.debugDescription)")
            for (member, skips) in [("decoded", true), ("decoded_special", false)] {
                let decoded = tokenizer.decode(ids, skipSpecialTokens: skips)
                #expect(decoded.isIdentical(to: try #require(vector[member]?.stringValue)))
            }
            count += 1
        }
        #expect(count > 100)
    }

    @Test func `a character without a token takes part in merges and otherwise becomes bytes`() throws {
        var vocabulary = try Self.vocabulary("spbpe-gemma")
        let tab = vocabulary.tokens.count
        vocabulary.tokens += ["\u{1F}\u{1F}", "\u{1F}\u{1F}\u{1F}\u{1F}"]
        vocabulary.tokenTypes += [1, 1]
        vocabulary.scores += [-1, -2]
        let tokenizer = try Tokenizer(gguf: vocabulary)
        #expect(
            tokenizer.encode(String(repeating: "\u{1F}", count: 6), addSpecialTokens: false)
                == [tab + 1, tab].map { UInt32($0) })
        let one = tokenizer.encode("\u{1F}", addSpecialTokens: false)
        #expect(one.map { tokenizer.tokenText($0) } == ["<0x1F>"])
        #expect(tokenizer.decode(one, skipSpecialTokens: true) == "\u{1F}")
    }

    /// A space starts a word, unless a token has a space inside.
    @Test func `a token with a space inside is found`() throws {
        var vocabulary = try Self.vocabulary("spbpe-gemma")
        vocabulary.tokens += ["n\u{2581}t"]
        vocabulary.tokenTypes += [1]
        vocabulary.scores += [1]
        vocabulary.tokens += ["n\u{2581}"]
        vocabulary.tokenTypes += [1]
        vocabulary.scores += [2]
        let tokenizer = try Tokenizer(gguf: vocabulary)
        let tokens = tokenizer.encode("in the", addSpecialTokens: false).map { tokenizer.tokenText($0) }
        #expect(tokens.contains("n\u{2581}t"), "\(tokens)")
    }

    @Test(arguments: [("always", true, true), ("first", true, false), ("never", false, false)])
    func `a space goes before the texts that the scheme names`(_ scheme: String, _ first: Bool, _ later: Bool) throws {
        let fixture = try TokenizerFixture("spbpe-llama2-metaspace")
        let json = fixture.json.setting("pre_tokenizer", "prepend_scheme", to: .string(scheme))
        let tokenizer = try Tokenizer(tokenizerJSON: json)
        func startsWithSpace(_ ids: ArraySlice<UInt32>) -> Bool {
            ids.first.map { tokenizer.tokenText($0).hasPrefix("\u{2581}") } ?? false
        }
        let ids = tokenizer.encode("the</s>the", addSpecialTokens: false)
        let end = try #require(ids.firstIndex(of: 2))
        #expect(startsWithSpace(ids[..<end]) == first)
        #expect(startsWithSpace(ids[(end + 1)...]) == later)
    }

    @Test func `contradicting prefix settings are refused`() throws {
        let json = try TokenizerFixture("spbpe-llama2-metaspace").json
            .setting("pre_tokenizer", "add_prefix_space", to: false)
        let error = #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: json) }
        #expect(error?.description.contains("add_prefix_space") == true)
    }
}
