import Support
import TestSupport
import Testing
import Tokenization

/// What the tokenizers library makes of the same files and texts.
@Suite struct VectorTests {
    @Test(arguments: TokenizerFixture.names)
    func `texts are encoded and decoded as in the reference`(_ name: String) throws {
        let fixture = try TokenizerFixture(name)
        let tokenizer = try fixture.tokenizer()
        let vectors = try #require(fixture.vectors["vectors"]?.arrayValue)
        #expect(vectors.count > 100)
        #expect(tokenizer.vocabularySize == fixture.vectors["vocab_size"]?.intValue)
        for vector in vectors {
            let text = try #require(vector["text"]?.stringValue)
            let ids = try #require(vector["ids_special"]?.ids)
            #expect(tokenizer.encode(text, addSpecialTokens: false) == vector["ids"]?.ids, "\(text.debugDescription)")
            #expect(tokenizer.encode(text, addSpecialTokens: true) == ids, "\(text.debugDescription)")
            for (member, skips) in [("decoded", true), ("decoded_special", false)] {
                let expected = try #require(vector[member]?.stringValue)
                let decoded = tokenizer.decode(ids, skipSpecialTokens: skips)
                #expect(decoded.isIdentical(to: expected), "\(member) of \(text.debugDescription)")
            }
        }
    }

    @Test(arguments: TokenizerFixture.names)
    func `streamed pieces are those of the reference`(_ name: String) throws {
        let fixture = try TokenizerFixture(name)
        let tokenizer = try fixture.tokenizer()
        var count = 0
        for vector in try #require(fixture.vectors["vectors"]?.arrayValue) {
            guard let skipped = vector["pieces"]?.strings else { continue }
            let ids = try #require(vector["ids_special"]?.ids)
            for (expected, skips) in [(skipped, true), (vector["pieces_special"]?.strings ?? skipped, false)] {
                var detokenizer = IncrementalDetokenizer(tokenizer: tokenizer, skipSpecialTokens: skips)
                let pieces = ids.map { detokenizer.append($0) }
                #expect(pieces.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
                let whole = tokenizer.decode(ids, skipSpecialTokens: skips)
                #expect((pieces.joined() + detokenizer.finish()).isIdentical(to: whole))
            }
            count += 1
        }
        #expect(count > 100)
    }

    @Test(arguments: TokenizerFixture.names)
    func `pairs are encoded as in the reference`(_ name: String) throws {
        let fixture = try TokenizerFixture(name)
        let tokenizer = try fixture.tokenizer()
        let pairs = try #require(fixture.vectors["pairs"]?.arrayValue)
        #expect(!pairs.isEmpty)
        for pair in pairs {
            let (first, second) = (try #require(pair["a"]?.stringValue), try #require(pair["b"]?.stringValue))
            let encoding = tokenizer.encode(first, pair: second, addSpecialTokens: true)
            #expect(encoding.ids == pair["ids"]?.ids)
            #expect(encoding.typeIDs == pair["type_ids"]?.ids)
        }
    }
}
