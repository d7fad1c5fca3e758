import Support
import TestSupport
import Testing
import Tokenization

@Suite struct NormalizationTests {
    private static func tokenizer(_ normalizer: JSONValue) throws -> Tokenizer {
        try PieceTokenizer(pieces: [], preTokenizer: ["type": "Digits"], normalizer: normalizer).tokenizer
    }

    private static func normalized(_ text: String, _ tokenizer: Tokenizer) -> String {
        tokenizer.decode(tokenizer.encode(text, addSpecialTokens: false), skipSpecialTokens: false)
    }

    /// Canonical equivalents of one text have the same NFC.
    @Test(arguments: [
        ("e\u{301}", "\u{E9}"), ("\u{212B}", "\u{C5}"), ("a\u{301}\u{327}", "\u{E1}\u{327}"),
        ("a\u{327}\u{301}", "\u{E1}\u{327}"), ("\u{1100}\u{1161}\u{11A8}", "\u{AC01}"),
        ("\u{AC00}\u{11A7}", "\u{AC00}\u{11A7}"),
        ("\u{AC00}\u{11A8}", "\u{AC01}"), ("\u{958}", "\u{915}\u{93C}"), ("\u{1E0A}\u{323}", "\u{1E0C}\u{307}"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}"), ("\u{308}\u{301}", "\u{308}\u{301}"), ("\u{344}", "\u{308}\u{301}"),
        ("\u{2126}", "\u{3A9}"), ("\u{1D15E}", "\u{1D157}\u{1D165}"), ("plain", "plain"), ("", ""),
        ("x\u{301}y\u{301}", "x\u{301}\u{FD}"), ("\u{B47}\u{300}\u{B3E}", "\u{B47}\u{300}\u{B3E}"),
    ])
    func `NFC composes canonical equivalents`(_ text: String, _ expected: String) throws {
        #expect(Self.normalized(text, try Self.tokenizer(["type": "NFC"])).isIdentical(to: expected))
    }

    /// Equivalent to the text, unchanged by a second pass, equal for all spellings of the text.
    @Test(arguments: 0..<8)
    func `NFC of random texts is equivalent and stable`(_ seed: Int) throws {
        let tokenizer = try Self.tokenizer(["type": "NFC"])
        var random = SplitMix(seed: UInt64(seed))
        let ranges: [ClosedRange<UInt32>] = [
            0x41...0x5A, 0xC0...0x24F, 0x300...0x34E, 0x900...0xDFF, 0x1100...0x11F9, 0x1E00...0x1FFF, 0xAC00...0xAD00,
        ]
        for _ in 0..<300 {
            var text = ""
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let value = UInt32.random(in: ranges.randomElement(using: &random) ?? 0...0, using: &random)
                if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            }
            let composed = Self.normalized(text, tokenizer)
            #expect(composed == text, "\(text.unicodeScalars.map(\.value))")
            #expect(Self.normalized(composed, tokenizer).isIdentical(to: composed))
        }
    }

    @Test func `lowercase, replace and prepend apply in order`() throws {
        let sequence: JSONValue = [
            "type": "Sequence",
            "normalizers": [
                ["type": "Lowercase"], ["type": "Replace", "pattern": ["String": "a"], "content": "bc"],
                ["type": "Replace", "pattern": ["Regex": "\\s+"], "content": "_"],
                ["type": "Prepend", "prepend": "> "],
            ],
        ]
        let tokenizer = try Self.tokenizer(sequence)
        #expect(Self.normalized("AÉ \n x", tokenizer) == "> bcé_x")
        #expect(Self.normalized("", tokenizer) == "")
    }
}
