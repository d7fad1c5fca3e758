import EngineTypes
import Tokenization

extension ThinkingTexts {
    func marks(_ tokenizer: ModelTokenizer?) throws(EngineError) -> ThinkingMarks {
        func tokens(_ text: String) throws(EngineError) -> [TokenID] {
            let ids = tokenizer?.tokenizer.encode(text, addSpecialTokens: false) ?? []
            guard !ids.isEmpty else { throw EngineError("--reasoning-config: \"\(text)\" has no tokens") }
            return ids
        }
        return ThinkingMarks(start: try tokens(start), end: try tokens(end))
    }
}
