import Support
import TestSupport
import Testing
import Tokenization

/// Words come out the same whether they were met before or not, and whatever else runs.
@Suite struct WordCacheTests {
    /// More words than the tables hold, of all lengths around their limits.
    @Test(arguments: TokenizerFixture.names)
    func `words give the same tokens when they are seen again`(_ name: String) throws {
        let fixture = try TokenizerFixture(name)
        let tokenizer = try fixture.tokenizer()
        var random = SplitMix(seed: 1)
        let texts = (0..<40).map { _ in Self.text(wordCount: 2500, &random) }
        let ids = texts.map { tokenizer.encode($0, addSpecialTokens: false) }
        for (text, ids) in zip(texts, ids) {
            #expect(tokenizer.encode(text, addSpecialTokens: false) == ids)
            #expect(try fixture.tokenizer().encode(text, addSpecialTokens: false) == ids)
        }
    }

    @Test func `calls at the same time give the same tokens`() async throws {
        let tokenizer = try TokenizerFixture("bytebpe-llama3").tokenizer()
        var random = SplitMix(seed: 2)
        let texts = (0..<32).map { _ in Self.text(wordCount: 300, &random) }
        let expected = try texts.map { text in
            try TokenizerFixture("bytebpe-llama3").tokenizer().encode(text, addSpecialTokens: false)
        }
        await withTaskGroup(of: [Bool].self) { group in
            for task in 0..<16 {
                group.addTask {
                    texts.indices.map { index in
                        let text = (index + task) % texts.count
                        return tokenizer.encode(texts[text], addSpecialTokens: false) == expected[text]
                    }
                }
            }
            for await results in group { #expect(results.allSatisfy { $0 }) }
        }
    }

    private static func text(wordCount: Int, _ random: inout SplitMix) -> String {
        var text = ""
        for _ in 0..<wordCount {
            let letters: [Character] =
                Int.random(in: 0..<8, using: &random) == 0 ? ["é", "я", "日", "ﬁ"] : ["a", "b", "t", "h"]
            let length = Int.random(in: 0..<3, using: &random) == 0 ? 1...70 : 1...12
            for _ in 0..<Int.random(in: length, using: &random) {
                text.append(letters.randomElement(using: &random) ?? "a")
            }
            text.append(" ")
        }
        return text
    }
}
