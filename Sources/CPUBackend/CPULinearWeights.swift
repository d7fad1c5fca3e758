internal import CKernels
package import Tensor

/// The packed matrices of one linear layer.
final class CPULinearWeights: LinearWeights {
    struct Segment {
        let packed: Storage
        let bias: Tensor?
        let outputCount: Int
        let dtype: DType
    }

    let inputCount: Int
    let outputCount: Int
    let byteCount: Int
    let activationType: DType
    let segments: [Segment]

    init(inputCount: Int, segments: [Segment], activationType: DType) {
        self.inputCount = inputCount
        self.segments = segments
        self.activationType = activationType
        outputCount = segments.reduce(0) { $0 + $1.outputCount }
        byteCount = segments.reduce(0) { $0 + $1.packed.byteCount }
    }
}

extension CPUBackend {
    package func makeLinear(_ parts: [LinearPart], activationType: DType) throws(BackendError) -> any LinearWeights {
        guard let inputCount = parts.first?.weight.shape[1] else { throw BackendError("a linear layer without parts") }
        guard !activationType.isQuantized || activationType == .q8_0 else {
            throw BackendError("no kernel for \(activationType.rawValue) activations")
        }
        var segments: [CPULinearWeights.Segment] = []
        for part in parts { segments.append(try pack(part, inputCount: inputCount)) }
        return CPULinearWeights(inputCount: inputCount, segments: segments, activationType: activationType)
    }

    private func pack(_ part: LinearPart, inputCount: Int) throws(BackendError) -> CPULinearWeights.Segment {
        let weight = part.weight
        let outputCount = weight.shape[0]
        guard weight.shape.rank == 2, weight.shape[1] == inputCount, inputCount > 0 else {
            throw BackendError("a weight of shape \(weight.shape) beside one of \(inputCount) inputs")
        }
        if let bias = part.bias {
            guard bias.dtype == .float32, bias.shape.elementCount == outputCount else {
                throw BackendError("a \(bias.dtype.rawValue) bias of shape \(bias.shape) for \(outputCount) outputs")
            }
        }
        var headDim = 0
        if case .interleavedHeads(let dimensions) = part.rowOrder {
            guard dimensions > 0, dimensions % 2 == 0, outputCount % dimensions == 0 else {
                throw BackendError("\(outputCount) interleaved rows are no heads of \(dimensions)")
            }
            headDim = dimensions
        }
        let code = weight.dtype.kernelCode
        let packed = Storage(byteCount: nt_packed_byte_count(code, Int64(inputCount), Int64(outputCount)))
        unsafe nt_pack_linear(
            pool.handle, code, Int64(inputCount), Int64(outputCount), weight.address, Int64(headDim), packed.address)
        return CPULinearWeights.Segment(
            packed: packed, bias: part.bias, outputCount: outputCount, dtype: weight.dtype)
    }

    package func linear(_ input: Tensor, _ weights: any LinearWeights, output: Tensor) {
        guard let weights = weights as? CPULinearWeights else { fatalError("weights of another backend") }
        let rowCount = input.shape[0]
        precondition(
            input.shape == Shape(rowCount, weights.inputCount) && output.shape == Shape(rowCount, weights.outputCount),
            "linear \(weights.inputCount) -> \(weights.outputCount) of \(input.shape) into \(output.shape)")
        withExtendedLifetime(weights) {
            var offset = 0
            var segments: [nt_linear_segment] = unsafe []
            unsafe segments.reserveCapacity(weights.segments.count)
            for segment in weights.segments {
                unsafe segments.append(
                    nt_linear_segment(
                        packed: UnsafeRawPointer(segment.packed.address),
                        bias: segment.bias.map { unsafe UnsafePointer($0.floatAddress) },
                        outputs: Int64(segment.outputCount), output_offset: Int64(offset),
                        dtype: segment.dtype.kernelCode))
                offset += segment.outputCount
            }
            unsafe nt_linear(
                pool.handle, input.floatAddress, Int64(rowCount), Int64(weights.inputCount), segments,
                Int64(segments.count), weights.activationType.kernelCode, output.floatAddress,
                Int64(weights.outputCount))
        }
    }
}
