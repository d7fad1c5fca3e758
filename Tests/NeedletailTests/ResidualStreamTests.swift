import CPUBackend
import Layers
import Tensor
import Testing

/// A pending addition to a residual stream is performed once, by the first reader.
@Suite struct ResidualStreamTests {
    private static let rows = Tensor([1, 2, 3, 4], shape: Shape(2, 2))
    private static let delta = Tensor([10, 20, 30, 40], shape: Shape(2, 2))

    /// Both parts of a parallel block read one stream, whose last addition was fused with the first part's norm.
    @Test(arguments: [true, false])
    func `a second reader does not add the delta again`(onCPU: Bool) throws {
        let backend: any Backend = onCPU ? try CPUBackend(threadCount: 1) : ReferenceBackend()
        let identity = LinearPart(try WeightSource(Tensor([1, 0, 0, 1], shape: Shape(2, 2))))
        let weights = try backend.makeLinear([identity], inputFormat: .float32)
        let norm = NormSpec(.rms, epsilon: 0)
        var stream = ResidualStream(Tensor(Self.rows.floatArray, shape: Shape(2, 2)))
        stream.add(Self.delta)
        let outputs = (0..<2).map { _ in Tensor(zeros: Shape(2, 2)) }
        for output in outputs { backend.linear(stream.read(norm), weights, output: output) }
        #expect(stream.rows.floatArray == [11, 22, 33, 44])
        #expect(outputs[0].floatArray == outputs[1].floatArray)
        let expected = (Float(11) * 11 + 22 * 22).squareRoot() / Float(2).squareRoot()
        #expect(abs(outputs[0].floatArray[0] - 11 / expected) < 1e-6)
    }

    @Test func `kept rows go on alone`() throws {
        let backend = ReferenceBackend()
        let context = ForwardContext(
            backend: backend, scratch: Scratch(backend), batches: [], caches: [], groupOfModule: [])
        var stream = ResidualStream(Tensor(Self.rows.floatArray, shape: Shape(2, 2)))
        stream.keep([1], in: Tensor(zeros: Shape(1, 2)), context)
        #expect(stream.rows.floatArray == [3, 4])
    }
}
