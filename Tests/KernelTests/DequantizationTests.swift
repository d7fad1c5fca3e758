import CPUBackend
import Support
import Tensor
import TestSupport
import Testing

/// Compares GGUF blocks with gguf-py (Goldens/dequantization.py), bit for bit.
@Suite struct DequantizationTests {
    static let goldens: JSONValue = {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        do { return try JSONValue(parsing: Files.read("/\(folder)/Goldens/dequantization.json")) } catch {
            fatalError("\(error)")
        }
    }()

    @Test(arguments: OpMatrix.quantizedTypes)
    func `weights equal those of the format bit for bit`(_ format: WeightFormat) throws {
        let golden = try #require(Self.goldens[format.rawValue])
        let bytes = try #require(golden["bytes"]?.arrayValue).compactMap { $0.intValue.map(UInt8.init) }
        let expected = try #require(golden["bits"]?.arrayValue).compactMap {
            $0.intValue.map { Float(bitPattern: UInt32($0)) }
        }
        let table = Samples.tensor(bytes, shape: Shape(1, expected.count), format: format)
        #expect(expected.count == bytes.count / format.blockByteCount * format.blockSize)
        let backends: [any Backend] = [ReferenceBackend(), try CPUBackend(threadCount: 1)]
        for backend in backends {
            let output = Tensor(zeros: table.shape)
            backend.embed([0], EmbeddingSpec(table: table), output: output)
            // Zeros of either sign are the same weight.
            #expect(output.floatArray == expected, "\(backend.description)")
        }
    }
}
