import CPUBackend
import Tensor
import Testing

/// Weights as integer codes apart from their scales; the products themselves are in the matrix of operations.
@Suite struct WeightCodesTests {
    private static func codes(
        bitCount: Int = 4, groupSize: Int = 32, codes: [UInt8] = Array(repeating: 3, count: 128),
        scales: [Float16] = [1, 2, 3, 4], zeros: [UInt8]? = nil, inputOrder: [Int32]? = nil
    ) throws(BackendError) -> WeightCodes {
        try WeightCodes(
            outputCount: 2, inputCount: 64, bitCount: bitCount, groupSize: groupSize, codes: codes, scales: scales,
            zeros: zeros, inputOrder: inputOrder)
    }

    /// Blocks of Q4_0 and the same codes apart from their scales give the same bits.
    @Test(arguments: [InputFormat.float32, .bfloat16, .int8])
    func `codes with scales equal blocks of the same codes`(_ inputFormat: InputFormat) throws {
        let (outputs, inputs) = (24, 128)
        let blocks = Samples.weights(outputs, inputs, format: .q4_0, seed: 3)
        var (codes, scales): ([UInt8], [Float16]) = ([], [])
        for block in stride(from: 0, to: blocks.byteCount, by: 18) {
            let bytes = blocks.bytes[block..<block + 18]
            scales.append(Float16(bitPattern: UInt16(bytes[block]) | UInt16(bytes[block + 1]) << 8))
            codes += bytes[(block + 2)...].map { $0 & 15 } + bytes[(block + 2)...].map { $0 >> 4 }
        }
        let apart = try WeightCodes(
            outputCount: outputs, inputCount: inputs, bitCount: 4, groupSize: 32, codes: codes, scales: scales)
        for backend in [try CPUBackend(threadCount: 1), ReferenceBackend()] as [any Backend] {
            let results = try [try WeightSource(blocks), .codes(apart)].map { source in
                let weights = try backend.makeLinear([LinearPart(source)], inputFormat: inputFormat)
                let output = Tensor(zeros: Shape(5, outputs))
                backend.linear(.rows(Samples.matrix(5, inputs, seed: 1)), weights, output: output)
                return output.floatArray
            }
            #expect(firstDifference(results[0], results[1]) == nil)
        }
    }

    @Test func `codes that do not fit each other are refused`() throws {
        _ = try Self.codes()
        let refused: [(String, () throws -> WeightCodes)] = [
            ("bits", { try Self.codes(bitCount: 9) }),
            ("groups", { try Self.codes(groupSize: 24) }),
            ("codes", { try Self.codes(codes: [1, 2, 3]) }),
            ("scales", { try Self.codes(scales: [1]) }),
            ("zero points", { try Self.codes(zeros: [1]) }),
            ("above 15", { try Self.codes(codes: Array(repeating: 16, count: 128)) }),
            ("above 15", { try Self.codes(zeros: [0, 0, 0, 16]) }),
            ("finite", { try Self.codes(scales: [1, .nan, 1, 1]) }),
            ("permutation", { try Self.codes(inputOrder: Array(repeating: 0, count: 64)) }),
        ]
        for (part, make) in refused {
            #expect { _ = try make() } throws: { "\($0)".contains(part) }
        }
    }

    @Test func `the backend refuses codes that it has no kernel for`() throws {
        let backend = try CPUBackend(threadCount: 1)
        let narrow = try Self.codes(groupSize: 16, scales: Array(repeating: 1, count: 8))
        #expect { _ = try backend.makeLinear([LinearPart(.codes(narrow))], inputFormat: .float32) } throws: {
            "\($0)".contains("groups of 16")
        }
        let reordered = try Self.codes(inputOrder: (0..<64).reversed())
        let parts = [LinearPart(.codes(reordered)), LinearPart(.codes(try Self.codes()))]
        #expect { _ = try backend.makeLinear(parts, inputFormat: .float32) } throws: { "\($0)".contains("order") }
    }
}
