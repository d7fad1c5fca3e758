import Support
import TestSupport
import Testing
import Tokenization

/// Words much longer than a window, by merges that no training would give, against merging done the plain way.
@Suite struct MergeWindowTests {
    private static let letters = "abcdefghijklmnopqrst".map(String.init)

    /// Merges in no order of length: a pair can come up after worse ones were merged.
    @Test(arguments: 1...12)
    func `long words with random merges are merged as by the plain algorithm`(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let letters = Array(Self.letters.prefix(2 + Int(seed) % 4))
        var pieces = letters
        var merges: [[String]] = []
        while merges.count < 60 {
            let (left, right) = (pieces.randomElement(using: &random) ?? "", pieces.randomElement(using: &random) ?? "")
            if left.count + right.count > 40 || pieces.contains(left + right) { continue }
            pieces.append(left + right)
            merges.append([left, right])
        }
        merges.shuffle(using: &random)
        try expectPlainMerging(of: (0..<2600).map { _ in letters.randomElement(using: &random) ?? "" }, merges)
        try expectPlainMerging(of: (0..<2600).map { letters[$0 * $0 % 7 % letters.count] }, merges)
    }

    /// Every pair of the path is better than the one before it: what ends the word decides its parity far back.
    @Test(arguments: [380, 1900, 3021, 3800])
    func `merges that reach far back are the same as by the plain algorithm`(length: Int) throws {
        let path = Self.letters.indices.flatMap { low in
            Self.letters[(low + 1)...].flatMap { [Self.letters[low], $0] }
        }
        let merges = zip(path, path.dropFirst()).reversed().map { [$0, $1] }
        try expectPlainMerging(of: (0..<length).map { path[$0 % path.count] }, merges)
    }

    private func expectPlainMerging(
        of symbols: [String], _ merges: [[String]], _ location: SourceLocation = #_sourceLocation
    ) throws {
        let pieces = Self.letters + merges.map { $0.joined() }
        let vocabulary = Dictionary(uniqueKeysWithValues: zip(pieces, pieces.indices))
        let tokenizer = try Tokenizer(tokenizerJSON: [
            "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false],
            "decoder": ["type": "ByteLevel"],
            "model": [
                "type": "BPE", "vocab": .object(JSONObject(vocabulary.map { ($0.key, .integer($0.value)) })),
                "merges": .array(merges.map { .array($0.map { .string($0) }) }),
            ],
        ])
        let ranks = Dictionary(zip(merges, merges.indices)) { first, _ in first }
        let expected = Self.merged(symbols, ranks).compactMap { vocabulary[$0] }.map { UInt32($0) }
        let ids = tokenizer.encode(symbols.joined(), addSpecialTokens: false)
        #expect(ids == expected, sourceLocation: location)
    }

    private static func merged(_ symbols: [String], _ ranks: [[String]: Int]) -> [String] {
        var symbols = symbols
        func rank(_ index: Int) -> Int {
            index + 1 < symbols.count ? ranks[[symbols[index], symbols[index + 1]]] ?? .max : .max
        }
        var candidates = symbols.indices.map(rank)
        while let best = candidates.min(), best < .max, let index = candidates.firstIndex(of: best) {
            symbols[index] += symbols.remove(at: index + 1)
            candidates.remove(at: index + 1)
            candidates[index] = rank(index)
            if index > 0 { candidates[index - 1] = rank(index - 1) }
        }
        return symbols
    }
}
