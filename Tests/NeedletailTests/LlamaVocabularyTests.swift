import Checkpoint
import FoundationEssentials
import Needletail
import Support
import Testing
import Tokenization

private let vocabularyFolder = ProcessInfo.processInfo.environment["NEEDLETAIL_TEST_VOCABULARIES"]

/// llama.cpp's vocabularies with their test vectors, which are too large to be here: the folder `models` of its sources,
/// which the source package llama-cpp-python on PyPI contains (`vendor/llama.cpp/models`).
@Suite(.enabled(if: vocabularyFolder != nil, "NEEDLETAIL_TEST_VOCABULARIES does not name llama.cpp's folder `models`"))
struct LlamaVocabularyTests {
    /// Vocabularies of other kinds than BPE.
    private static let otherKinds = ["bert-bge": "bert"]

    @Test func `every text has llama.cpp's tokens`() throws {
        let folder = try #require(vocabularyFolder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter {
            $0.hasPrefix("ggml-vocab-") && $0.hasSuffix(".gguf")
        }
        var count = 0
        for name in names where Files.exists("\(folder)/\(name).inp") {
            let short = String(name.dropFirst("ggml-vocab-".count).dropLast(".gguf".count))
            if let kind = Self.otherKinds[short] {
                let error = #expect(throws: (any Error).self) { try Self.tokenizer(folder, name) }
                #expect(error.map { "\($0)".contains("tokenizer.ggml.model \(kind) is not supported") } == true)
                continue
            }
            count += try expectVectors(folder, name)
        }
        #expect(count > 500)
    }

    private static func tokenizer(_ folder: String, _ name: String) throws -> Tokenizer {
        try TokenizerSource.open(path: "\(folder)/\(name)").load().tokenizer
    }

    /// Returns the number of texts.
    private func expectVectors(_ folder: String, _ name: String) throws -> Int {
        let tokenizer = try Self.tokenizer(folder, name)
        let text = String(decoding: try Files.read("\(folder)/\(name).inp"), as: UTF8.self)
        var texts = Self.split(Array(text.utf8), at: Array("\n__ggml_vocab_test__\n".utf8))
        if texts.last?.isEmpty == true { texts.removeLast() }
        let lines = String(decoding: try Files.read("\(folder)/\(name).out"), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        for (bytes, line) in zip(texts, lines) {
            let text = String(decoding: bytes, as: UTF8.self)
            let expected = line.split(separator: " ").compactMap { UInt32($0) }
            #expect(tokenizer.encode(text, addSpecialTokens: false) == expected, "\(name): \(text.debugDescription)")
        }
        return texts.count
    }

    private static func split(_ bytes: [UInt8], at separator: [UInt8]) -> [ArraySlice<UInt8>] {
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        var index = 0
        while index + separator.count <= bytes.count {
            if bytes[index..<index + separator.count].elementsEqual(separator) {
                parts.append(bytes[start..<index])
                index += separator.count
                start = index
            } else {
                index += 1
            }
        }
        return parts + [bytes[start...]]
    }
}
