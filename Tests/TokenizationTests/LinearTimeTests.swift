import Support
import Testing
import Tokenization

/// Long hostile texts: anything worse than n log n would not come back.
@Suite struct LinearTimeTests {
    @Test(
        arguments: [
            "a", "ab", " ", "\n", " \n", "'", "1", "日", "<", "<|", "!", "\u{0301}", "\u{0301}\u{0327}", "e\u{0301}",
            "\t ", "😀", "🏳️‍🌈", "x9", "\u{FFFD}", "的一",
        ],
        TokenizerFixture.names)
    func `a long repeated text takes linear time`(_ unit: String, _ name: String) throws {
        let tokenizer = try TokenizerFixture(name).tokenizer()
        let text = String(repeating: unit, count: 200_000 / unit.utf8.count)
        let ids = tokenizer.encode(text, addSpecialTokens: false)
        let decoded = tokenizer.decode(ids, skipSpecialTokens: false)
        let prefix = name == "bytebpe-roberta-prefix" && !unit.hasPrefix(" ") ? " " : ""
        if TokenizerFixture.spacedNames.contains(name) {
            let stripped = name == "spbpe-llama2-metaspace" && unit.hasPrefix(" ") ? String(text.dropFirst()) : text
            #expect(decoded.isIdentical(to: stripped))
        } else if name == "bytebpe-qwen2" {
            // In NFC marks are reordered and composed.
            #expect(tokenizer.encode(decoded, addSpecialTokens: false) == ids)
        } else {
            #expect(decoded.isIdentical(to: prefix + text))
        }
    }
}
