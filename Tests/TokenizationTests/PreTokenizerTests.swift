import Support
import Testing
import Tokenization

@Suite struct PreTokenizerTests {
    private func pieces(_ pattern: JSONValue, _ behavior: String, invert: Bool = false, of text: String) throws
        -> [String]
    {
        var all: [String] = []
        for start in text.indices {
            for end in text[start...].indices { all.append(String(text[start...end])) }
        }
        let tokenizer = try PieceTokenizer(
            pieces: Array(Set(all)),
            preTokenizer: [
                "type": "Split", "pattern": pattern, "behavior": .string(behavior), "invert": .bool(invert),
            ])
        return tokenizer.pieces(of: text)
    }

    @Test(arguments: [
        ("Isolated", ["the", "-", "final", "-", "-", "countdown"]), ("Removed", ["the", "final", "countdown"]),
        ("MergedWithPrevious", ["the-", "final-", "-", "countdown"]),
        ("MergedWithNext", ["the", "-final", "-", "-countdown"]),
        ("Contiguous", ["the", "-", "final", "--", "countdown"]),
    ])
    func `each split behavior puts the delimiters where it says`(_ behavior: String, _ expected: [String]) throws {
        let text = "the-final--countdown"
        #expect(try pieces(["String": "-"], behavior, of: text) == expected)
        #expect(try pieces(["Regex": "-"], behavior, of: text) == expected)
        #expect(
            try pieces(["Regex": "[^-]"], behavior == "Isolated" ? "Contiguous" : behavior, invert: true, of: "-")
                == (behavior == "Removed" ? [] : ["-"]))
    }

    /// The first alternative that works wins, quantifiers are greedy unless lazy, lookahead takes nothing.
    @Test(arguments: [
        ("ab|abc", "abc", ["ab", "c"]), ("a+?b|a", "aab", ["aab"]), ("a{2,3}", "aaaaa", ["aaa", "aa"]),
        ("a{2}", "aaaaa", ["aa", "aa", "a"]), ("(?:ab)+?", "abab", ["ab", "ab"]), ("(ab)*", "ababa", ["abab", "a"]),
        ("(?i:'s|[0-9])|.", "asA's1", ["a", "s", "A", "'s", "1"]),
        (#"\s+(?!\S)|\s+"#, "  x ", [" ", " ", "x", " "]), ("a(?=b)|ab", "abac", ["a", "bac"]),
        ("(?i:s|k)+", "sSkK\u{17F}\u{212A}x", ["sSkK\u{17F}\u{212A}", "x"]), ("[^a-c]+", "xyabz", ["xy", "ab", "z"]),
        (#"[\]\-x]+"#, "a]-xb", ["a", "]-x", "b"]), (#"\p{Lu}\P{Lu}*"#, "éÉaÀ", ["é", "Éa", "À"]),
        (#"[\p{L}&&[^\p{Han}]]+"#, "ab中文é1", ["ab", "中文", "é", "1"]), (#"\P{Han}+"#, "ab中 1", ["ab", "中", " 1"]),
        (#"\d+|\D"#, "1٣x", ["1٣", "x"]), (".+", "a\nb", ["a", "\n", "b"]), ("x*", "aab", ["aab"]),
    ])
    func `patterns match with ordered alternatives, greedy quantifiers and lookahead`(
        _ pattern: String, _ text: String, _ expected: [String]
    ) throws {
        #expect(try pieces(["Regex": .string(pattern)], "Isolated", of: text) == expected)
    }

    @Test func `digits are split off together or one by one`() throws {
        func pieces(_ individual: Bool) throws -> [String] {
            let tokenizer = try PieceTokenizer(
                pieces: ["12", "123", "½", "3½"],
                preTokenizer: ["type": "Digits", "individual_digits": .bool(individual)])
            return tokenizer.pieces(of: "a12b3½")
        }
        #expect(try pieces(false) == ["a", "12", "b", "3½"])
        #expect(try pieces(true) == ["a", "1", "2", "b", "3", "½"])
    }
}
