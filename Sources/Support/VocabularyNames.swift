/// The names of files that hold a tokenizer's vocabulary.
package enum VocabularyNames {
    /// The preferred name first. `.tiktoken` stands for any name with this ending.
    private static let preferred = [
        "tokenizer.json", "tekken.json", "tokenizer.model", "tiktoken.model", ".tiktoken", "spiece.model",
        "sentencepiece.bpe.model", "vocab.json",
    ]

    /// The file among `files` that holds the vocabulary; several if the choice between them is open.
    package static func found(in files: [String]) -> [String] {
        for name in preferred {
            let matches = files.filter { name.hasPrefix(".") ? $0.hasSuffix(name) : $0 == name }
            if !matches.isEmpty { return matches }
        }
        return []
    }

    /// The name of the file that belongs to a vocabulary's; nil if it stands alone.
    package static func companion(of name: String) -> String? { name.hasSuffix("vocab.json") ? "merges.txt" : nil }

    /// All names, for messages.
    package static var list: String {
        preferred.map { $0.hasPrefix(".") ? "*\($0)" : $0 }.joined(separator: ", ") + " with merges.txt"
    }
}
