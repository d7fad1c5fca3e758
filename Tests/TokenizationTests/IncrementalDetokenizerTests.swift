import Support
import TestSupport
import Testing
import Tokenization

@Suite struct IncrementalDetokenizerTests {
    /// Whatever the ids: the pieces and the rest are the whole, and no piece ends inside a character.
    @Test(arguments: 0..<20)
    func `the pieces of random ids add up to the whole text`(_ seed: Int) throws {
        let tokenizer = try TokenizerFixture("bytebpe-llama3").tokenizer()
        var random = SplitMix(seed: UInt64(seed))
        // Few ids: mostly single bytes, so that sequences valid and invalid come up.
        let limit = [UInt32(256), 1410][seed % 2]
        let ids = (0..<400).map { _ in UInt32.random(in: 0..<limit, using: &random) }
        for skips in [true, false] {
            var detokenizer = IncrementalDetokenizer(tokenizer: tokenizer, skipSpecialTokens: skips)
            var text = ""
            for (index, id) in ids.enumerated() {
                let piece = detokenizer.append(id)
                text += piece
                guard !piece.isEmpty else { continue }
                #expect(piece.unicodeScalars.last != "\u{FFFD}")
                #expect(text.isIdentical(to: tokenizer.decode(ids[...index], skipSpecialTokens: skips)))
            }
            text += detokenizer.finish()
            #expect(text.isIdentical(to: tokenizer.decode(ids, skipSpecialTokens: skips)))
        }
    }

    /// The text of ids is that of their bytes put together, whatever is left out.
    @Test(arguments: TokenizerFixture.byteLevelNames)
    func `the text of random ids is the text of their bytes`(_ name: String) throws {
        let tokenizer = try TokenizerFixture(name).tokenizer()
        var random = SplitMix(seed: 5)
        for count in 0..<200 {
            let limit = UInt32(tokenizer.vocabularySize + count % 3 * 100)
            let ids = (0..<count).map { _ in UInt32.random(in: 0..<limit, using: &random) }
            for skips in [true, false] {
                let printed = ids.filter { !skips || !tokenizer.isSpecial($0) }
                let text = String(decoding: printed.flatMap { tokenizer.tokenBytes($0) }, as: UTF8.self)
                #expect(tokenizer.decode(ids, skipSpecialTokens: skips).isIdentical(to: text))
                #expect(tokenizer.decode(ids[...], skipSpecialTokens: skips).isIdentical(to: text))
            }
        }
    }

    @Test func `a character is held back until it is complete`() throws {
        let tokenizer = try TokenizerFixture("bytebpe-gpt2").tokenizer()
        let bytes = Array("é😀".utf8)
        let ids = bytes.map { byte in
            (0..<UInt32(256)).first { tokenizer.tokenBytes($0) == [byte] } ?? .max
        }
        var detokenizer = IncrementalDetokenizer(tokenizer: tokenizer, skipSpecialTokens: true)
        #expect(ids.map { detokenizer.append($0) } == ["", "é", "", "", "", "😀"])
        #expect(detokenizer.finish() == "")
        #expect(detokenizer.append(ids[2]) == "")
        #expect(detokenizer.append(ids[3]) == "")
        #expect(detokenizer.finish() == "\u{FFFD}")
    }

    /// Bytes that never become valid are kept without being decoded again and again.
    @Test func `a long invalid stream is kept without being decoded again`() throws {
        let tokenizer = try TokenizerFixture("bytebpe-gpt2").tokenizer()
        let id = try #require((0..<UInt32(256)).first { tokenizer.tokenBytes($0) == [0xFF] })
        var detokenizer = IncrementalDetokenizer(tokenizer: tokenizer, skipSpecialTokens: true)
        for _ in 0..<100_000 { #expect(detokenizer.append(id) == "") }
        #expect(detokenizer.finish().unicodeScalars.count == 100_000)
    }
}
