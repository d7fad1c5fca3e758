import Support
import TestSupport
import Testing
import Tokenization

/// Words of all lengths against byte-pair encoding done the plain way.
@Suite struct MergeTests {
    @Test(arguments: ["bytebpe-gpt2", "bytebpe-qwen2"])
    func `words of all lengths are merged as by the plain algorithm`(_ name: String) throws {
        let fixture = try TokenizerFixture(name)
        let tokenizer = try fixture.tokenizer()
        let ranks = try Self.ranks(fixture.json)
        var random = SplitMix(seed: 3)
        for length in Array(1...130) + [200, 500] {
            for alphabet in ["ab", "etaoinsh", "abcdefghijklmnopqrstuvwxyz"] {
                let letters = Array(alphabet)
                let word = String((0..<length).map { _ in letters.randomElement(using: &random) ?? "a" })
                let expected = Self.merged(word, ranks).map { tokenizer.tokenID(of: $0) }
                #expect(tokenizer.encode(word, addSpecialTokens: false) == expected, "\(word)")
            }
        }
    }

    private static func ranks(_ json: JSONValue) throws -> [[String]: Int] {
        let merges = try #require(json["model"]?["merges"]?.arrayValue)
        let pairs = merges.map { merge in
            merge.stringValue.map { $0.split(separator: " ").map(String.init) } ?? merge.strings
        }
        return Dictionary(zip(pairs, pairs.indices)) { _, last in last }
    }

    private static func merged(_ word: String, _ ranks: [[String]: Int]) -> [String] {
        var symbols = word.map(String.init)
        while true {
            let candidates = symbols.indices.dropLast().compactMap { index in
                ranks[[symbols[index], symbols[index + 1]]].map { (rank: $0, index: index) }
            }
            guard let best = candidates.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else { return symbols }
            symbols[best.index] += symbols.remove(at: best.index + 1)
        }
    }
}
