import EngineTypes
import Synchronization
import Tokenization

/// Which tokens contain a text; asked for again and again with the same texts.
final class TokenTexts: Sendable {
    private let tokenizer: Tokenizer
    private let vocabularySize: Int
    private let known = Mutex<[String: Set<TokenID>]>([:])
    /// Texts of one model that are kept; requests could bring any number.
    private static let capacity = 256

    init(tokenizer: Tokenizer, vocabularySize: Int) {
        self.tokenizer = tokenizer
        self.vocabularySize = vocabularySize
    }

    func tokens(containing texts: [String]) -> Set<TokenID> {
        texts.reduce(into: []) { $0.formUnion(tokens(containing: $1)) }
    }

    private func tokens(containing text: String) -> Set<TokenID> {
        if let tokens = known.withLock({ $0[text] }) { return tokens }
        let pattern = Array(text.utf8)
        let tokens = (0..<TokenID(vocabularySize)).filter { Self.contains(pattern, in: tokenizer.tokenBytes($0)) }
        known.withLock { known in
            if known.count >= Self.capacity { known = [:] }
            known[text] = Set(tokens)
        }
        return Set(tokens)
    }

    private static func contains(_ pattern: [UInt8], in bytes: [UInt8]) -> Bool {
        guard bytes.count >= pattern.count else { return false }
        return (0...bytes.count - pattern.count).contains { bytes[$0..<$0 + pattern.count].elementsEqual(pattern) }
    }
}
