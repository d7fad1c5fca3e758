import EngineTypes
import Support
import Synchronization
import Tokenization

/// Finds the tokens that contain a text, and caches them because requests repeat the same texts.
final class TokenTexts: Sendable {
    private let tokenizer: Tokenizer
    private let vocabularySize: Int
    /// Tokens by the bytes of the text, because `String` equates different encodings of the same characters.
    private let known = Mutex<[[UInt8]: Set<TokenID>]>([:])
    /// Maximum number of cached texts, because requests may bring any number.
    private static let capacity = 256

    init(tokenizer: Tokenizer, vocabularySize: Int) {
        self.tokenizer = tokenizer
        self.vocabularySize = vocabularySize
    }

    /// The tokens that contain any of `texts`. Texts that are not cached take one pass over the vocabulary together.
    func tokens(containing texts: [String]) -> Set<TokenID> {
        let texts = Set(texts.map { Array($0.utf8) })
        var sets = known.withLock { known in known.filter { texts.contains($0.key) } }
        let missing = texts.subtracting(sets.keys)
        if !missing.isEmpty {
            let found = search(missing)
            known.withLock { known in
                if known.count + found.count > Self.capacity { known = [:] }
                known.merge(found) { first, _ in first }
            }
            sets.merge(found) { first, _ in first }
        }
        return sets.values.reduce(into: []) { $0.formUnion($1) }
    }

    /// Searches the vocabulary. Texts longer than any token are left out: no token contains them.
    private func search(_ texts: Set<[UInt8]>) -> [[UInt8]: Set<TokenID>] {
        let tokens = (0..<TokenID(vocabularySize)).map { tokenizer.tokenBytes($0) }
        let longest = tokens.map(\.count).max() ?? 0
        let patterns = Array(texts.filter { $0.count <= longest })
        let automaton = ByteAutomaton(patterns)
        var found = patterns.map { _ in Set<TokenID>() }
        for (token, bytes) in tokens.enumerated() {
            var state = ByteAutomaton.State.start
            for byte in bytes {
                state = automaton.next(state, byte)
                automaton.forEachMatch(at: state) { found[$0.pattern].insert(TokenID(token)) }
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(patterns, found))
    }
}
