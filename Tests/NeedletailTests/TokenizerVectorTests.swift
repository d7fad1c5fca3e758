import Checkpoint
import Needletail
import Support
import TestSupport
import Testing
import Tokenization

/// Compares published tokenizers with the same vocabularies in GGUF files.
@Suite struct TokenizerVectorTests {
    private struct Model {
        let file: String
        let vectors: String
    }

    private static let smollm2 = Model(
        file: "smollm2-135m-instruct-q4_1.gguf", vectors: "tokenizers/real/smollm2.vectors.json")
    private static let qwen25 = Model(
        file: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", vectors: "tokenizers/real/qwen2.5.vectors.json")

    @Test(.enabled(if: RealModels.path(smollm2.file) != nil, "\(RealModels.absence)"))
    func `every vector of SmolLM2`() throws { try expectVectors(Self.smollm2) }

    @Test(.enabled(if: RealModels.path(qwen25.file) != nil, "\(RealModels.absence)"))
    func `every vector of Qwen2.5`() throws { try expectVectors(Self.qwen25) }

    private func expectVectors(_ model: Model) throws {
        let checkpoint = try Checkpoint.open(path: #require(RealModels.path(model.file)))
        let tokenizer = try ModelTokenizer(checkpoint).tokenizer
        let vectors = try #require(Fixtures.json(model.vectors)["vectors"]?.arrayValue)
        #expect(vectors.count > 100)
        for vector in vectors {
            let text = try #require(vector["text"]?.stringValue)
            let ids = vector.tokens("ids_special")
            #expect(tokenizer.encode(text, addSpecialTokens: false) == vector.tokens("ids"), "\(text.debugDescription)")
            #expect(tokenizer.encode(text, addSpecialTokens: true) == ids, "\(text.debugDescription)")
            for (member, skips) in [("decoded", true), ("decoded_special", false)] {
                let decoded = tokenizer.decode(ids, skipSpecialTokens: skips)
                #expect(decoded.utf8.elementsEqual(try #require(vector[member]?.stringValue).utf8))
            }
            guard let pieces = vector["pieces"]?.arrayValue?.compactMap(\.stringValue) else { continue }
            var detokenizer = IncrementalDetokenizer(tokenizer: tokenizer, skipSpecialTokens: true)
            #expect(ids.map { detokenizer.append($0) } == pieces)
        }
    }
}
