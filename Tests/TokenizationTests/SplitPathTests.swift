import Support
import TestSupport
import Testing
import Tokenization

/// Splitting in one pass gives the pieces of splitting step by step.
@Suite struct SplitPathTests {
    /// A last step that finds nothing, so that those before it are done one after the other.
    private static let nothing: JSONValue = [
        "type": "Split", "pattern": ["String": "\u{FFFF}never"], "behavior": "Isolated", "invert": false,
    ]
    private static let gpt2: JSONValue = ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true]

    private static func members(_ preTokenizer: JSONValue) -> [JSONValue] {
        preTokenizer["pretokenizers"]?.arrayValue ?? [preTokenizer]
    }

    @Test(arguments: TokenizerFixture.byteLevelNames)
    func `the fixtures' pre-tokenizers split in one pass as in steps`(_ name: String) throws {
        let fixture = try TokenizerFixture(name)
        let members = Self.members(try #require(fixture.json["pre_tokenizer"]))
        try expectSamePieces(members, fixture)
    }

    @Test(arguments: [true, false])
    func `digits before a pattern split in one pass as in steps`(_ areIndividual: Bool) throws {
        let digits: JSONValue = ["type": "Digits", "individual_digits": .bool(areIndividual)]
        try expectSamePieces([digits, Self.gpt2], TokenizerFixture("bytebpe-gpt2"))
    }

    @Test(arguments: ["[0-9]", #"\p{P}"#, "[a-f ]", #"\s"#, "日", "[^a-z]"])
    func `isolated characters before a pattern split in one pass as in steps`(_ set: String) throws {
        let first: JSONValue = ["type": "Split", "pattern": ["Regex": .string(set)], "behavior": "Isolated"]
        try expectSamePieces([first, Self.gpt2], TokenizerFixture("bytebpe-gpt2"))
        let sparse: JSONValue = ["type": "Split", "pattern": ["Regex": "(?:ab)+|[0-9]+"], "behavior": "Isolated"]
        let bytes: JSONValue = ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false]
        try expectSamePieces([first, sparse, bytes], TokenizerFixture("bytebpe-gpt2"))
    }

    private func expectSamePieces(_ members: [JSONValue], _ fixture: TokenizerFixture) throws {
        let once = fixture.json.setting("pre_tokenizer", to: ["type": "Sequence", "pretokenizers": .array(members)])
        let stepwise = fixture.json.setting(
            "pre_tokenizer", to: ["type": "Sequence", "pretokenizers": .array(members + [Self.nothing])])
        let tokenizers = try (Tokenizer(tokenizerJSON: once), Tokenizer(tokenizerJSON: stepwise))
        var texts = fixture.vectors["vectors"]?.arrayValue?.compactMap { $0["text"]?.stringValue } ?? []
        var random = SplitMix(seed: 4)
        for _ in 0..<400 { texts.append(Self.text(&random)) }
        for text in texts {
            let ids = tokenizers.0.encode(text, addSpecialTokens: false)
            #expect(ids == tokenizers.1.encode(text, addSpecialTokens: false), "\(text.debugDescription)")
        }
    }

    private static func text(_ random: inout SplitMix) -> String {
        let units: [String] = [
            " ", " ", "  ", "\n", "\r\n", "\t", "a", "ab", "Zebra", "'s", "'LL", "'", "1", "23", "٣", "½", "é",
            "e\u{301}", "日本",
            "ſ", "\u{A0}", "\u{3000}", "-", "...", "😀", "\u{200D}", "/", "_", "\u{85}", "ǅ", "क्ष",
        ]
        return (0..<Int.random(in: 1...40, using: &random)).map { _ in units.randomElement(using: &random) ?? "" }
            .joined()
    }
}
