import Support
import Testing

@Suite struct VocabularyNamesTests {
    @Test func `the preferred form of a vocabulary is found`() {
        let all = [
            "a.tiktoken", "b.tiktoken", "vocab.json", "merges.txt", "tiktoken.model", "tokenizer.model", "tekken.json",
            "tokenizer.json", "config.json",
        ]
        let order = ["tokenizer.json", "tekken.json", "tokenizer.model", "tiktoken.model"]
        var files = all
        for name in order {
            #expect(VocabularyNames.found(in: files) == [name])
            files.removeAll { $0 == name }
        }
        #expect(VocabularyNames.found(in: files) == ["a.tiktoken", "b.tiktoken"])
        #expect(VocabularyNames.found(in: ["vocab.json", "merges.txt"]) == ["vocab.json"])
        #expect(VocabularyNames.found(in: ["config.json", "vocab.txt"]) == [])
        #expect(VocabularyNames.companion(of: "vocab.json") == "merges.txt")
        #expect(VocabularyNames.companion(of: "tokenizer.json") == nil)
    }
}
