import Checkpoint
import Tokenization

/// A tokenizer without a model, to compare its tokens with those of other implementations.
package struct TokenizerProbe: Sendable {
    private let tokenizer: Tokenizer

    /// Loads the tokenizer of a folder, a vocabulary file or a `.gguf` file.
    package init(path: String) throws(EngineError) {
        do {
            tokenizer = try TokenizerSource.open(path: path).load().tokenizer
        } catch {
            throw EngineError("\(error)")
        }
    }

    /// The token ids of a text.
    package func tokenIDs(of text: String, addSpecialTokens: Bool) -> [UInt32] {
        tokenizer.encode(text, addSpecialTokens: addSpecialTokens)
    }
}
