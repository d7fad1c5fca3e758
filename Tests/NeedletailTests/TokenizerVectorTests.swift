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

    private static let gemma3 = Model(
        file: "gemma3-270m-q4_k_m.gguf", vectors: "tokenizers/real/gemma3-270m.vectors.json")

    @Test(.enabled(if: RealModels.path(smollm2.file) != nil, "\(RealModels.absence)"))
    func `every vector of SmolLM2`() throws { try expectVectors(Self.smollm2) }

    @Test(.enabled(if: RealModels.path(qwen25.file) != nil, "\(RealModels.absence)"))
    func `every vector of Qwen2.5`() throws { try expectVectors(Self.qwen25) }

    @Test(.enabled(if: RealModels.path(gemma3.file) != nil, "\(RealModels.absence)"))
    func `every vector of Gemma 3`() throws { try expectVectors(Self.gemma3, bos: [2]) }

    /// Scripts/goldens/embeddinggemma.py says where the tokenizer is published and takes it out of the package.
    private static let embeddingGemma = "embeddinggemma-300m"

    /// Texts on which Gemma's own tokenizer, by the tokenizers library, has other tokens than the vectors, which come
    /// from a GGUF file: it finds runs of spaces and marks whole, where a GGUF file only has merges.
    private static let ownTokens: [String: [UInt32]] = [
        String(repeating: " ", count: 40) + "x": [167, 145, 236_781],
        "\u{2581} lower one eighth block \u{2581}\u{2581}a": [
            138, 11462, 886, 35186, 3355, 236_743, 138, 236_746,
        ],
    ]

    /// EmbeddingGemma has the tokens of Gemma 3, as `tokenizer.json` and as a SentencePiece model.
    @Test(
        .enabled(
            if: RealModels.path(embeddingGemma + "/tokenizer.model") != nil,
            "no embeddinggemma-300m in NEEDLETAIL_TEST_MODELS: see Scripts/goldens/embeddinggemma.py"),
        arguments: ["tokenizer.json", "tokenizer.model"])
    func `every vector of Gemma with EmbeddingGemma's tokenizer`(_ file: String) throws {
        let path = try #require(RealModels.path(Self.embeddingGemma + "/" + file))
        let tokenizer = try TokenizerSource.open(path: path).load().tokenizer
        let vectors = try #require(Fixtures.json(Self.gemma3.vectors)["vectors"]?.arrayValue)
        for vector in vectors {
            let text = try #require(vector["text"]?.stringValue)
            let ids = Self.ownTokens[text] ?? vector.tokens("ids")
            #expect(tokenizer.encode(text, addSpecialTokens: false) == ids, "\(text.debugDescription)")
            #expect(tokenizer.encode(text, addSpecialTokens: true) == [2] + ids + [1])
            let decoded = tokenizer.decode(ids, skipSpecialTokens: false)
            #expect(decoded.utf8.elementsEqual(try #require(vector["decoded_special"]?.stringValue).utf8))
        }
    }

    /// - Parameter bos: what the file adds before a text; the vectors were made without.
    private func expectVectors(_ model: Model, bos: [UInt32] = []) throws {
        let checkpoint = try Checkpoint.open(path: #require(RealModels.path(model.file)))
        let tokenizer = try ModelTokenizer(checkpoint).tokenizer
        let vectors = try #require(Fixtures.json(model.vectors)["vectors"]?.arrayValue)
        #expect(vectors.count > 100)
        for vector in vectors {
            let text = try #require(vector["text"]?.stringValue)
            let ids = vector.tokens("ids_special")
            #expect(tokenizer.encode(text, addSpecialTokens: false) == vector.tokens("ids"), "\(text.debugDescription)")
            #expect(tokenizer.encode(text, addSpecialTokens: true) == bos + ids, "\(text.debugDescription)")
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
