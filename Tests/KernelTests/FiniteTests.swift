import CPUBackend
import Tensor
import Testing

/// Weights that are infinite or not a number are found in every format, wherever they are.
@Suite struct FiniteTests {
    private static let rowCount = 100
    private static let columnCount = 512

    /// A matrix with a wrong element at each place; of quantised formats, a wrong scale of the block there.
    private static func matrix(_ format: WeightFormat, wrongAt places: [MatrixPlace], infinite: Bool) -> Tensor {
        let whole = Samples.weights(rowCount, columnCount, format: format, seed: 5)
        var bytes = whole.bytes
        for place in places {
            let block = (place.row * columnCount + place.column) / format.blockSize
            let start = block * format.blockByteCount
            switch format {
            case .float32: bytes.replaceSubrange(start..<start + 4, with: [0, 0, infinite ? 0x80 : 0xC0, 0x7F])
            case .bfloat16: bytes.replaceSubrange(start..<start + 2, with: [infinite ? 0x80 : 0xC0, 0xFF])
            case .float16: bytes.replaceSubrange(start..<start + 2, with: [0, infinite ? 0xFC : 0x7E])
            default:
                let offset = start + (Samples.scaleOffsets(format).last ?? 0)
                bytes.replaceSubrange(offset..<offset + 2, with: [0, infinite ? 0xFC : 0x7E])
            }
        }
        return Samples.tensor(bytes, shape: whole.shape, format: format)
    }

    @Test(arguments: WeightFormat.allCases, [true, false])
    func `the first of them is found`(format: WeightFormat, infinite: Bool) throws {
        let backends: [any Backend] = [
            try CPUBackend(threadCount: 1), try CPUBackend(threadCount: 2), ReferenceBackend(),
        ]
        let places = [
            MatrixPlace(row: 0, column: 0), MatrixPlace(row: 41, column: 256), MatrixPlace(row: 99, column: 256),
        ]
        for backend in backends {
            let whole = Self.matrix(format, wrongAt: [], infinite: infinite)
            #expect(backend.firstNonFinite(in: whole) == nil)
            let part = LinearPart(try WeightSource(whole))
            #expect(try backend.makeLinear([part], inputFormat: .float32).nonFinite == nil)
            for index in places.indices {
                let wrong = Self.matrix(format, wrongAt: Array(places[index...].reversed()), infinite: infinite)
                #expect(backend.firstNonFinite(in: wrong) == places[index])
                let parts = [part, LinearPart(try WeightSource(wrong))]
                let found = try backend.makeLinear(parts, inputFormat: .float32).nonFinite
                #expect(found == NonFiniteWeight(part: 1, place: places[index]))
            }
        }
    }

    /// The place is the one in the file, whatever rows the layer takes and in which order.
    @Test(arguments: [true, false])
    func `places are those of the stored matrix`(onCPU: Bool) throws {
        let backend: any Backend = onCPU ? try CPUBackend(threadCount: 2) : ReferenceBackend()
        let place = MatrixPlace(row: 41, column: 7)
        let wrong = Self.matrix(.bfloat16, wrongAt: [place], infinite: false)
        func found(_ part: LinearPart) throws -> NonFiniteWeight? {
            try backend.makeLinear([part], inputFormat: .float32).nonFinite
        }
        let expected = NonFiniteWeight(part: 0, place: place)
        let source = try WeightSource(wrong)
        #expect(try found(LinearPart(source, rowMap: .interleavedHeads(count: 5, headDim: 20))) == expected)
        #expect(try found(LinearPart(source, rowMap: .slice(0..<41))) == nil)
        #expect(try found(LinearPart(source, rowMap: .slice(41..<42))) == expected)
        #expect(try found(LinearPart(WeightSource(wrong, isTransposed: true))) == expected)
    }
}
