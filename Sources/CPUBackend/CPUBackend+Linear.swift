internal import CKernels
package import Tensor

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

    package func linear(_ input: LinearInput, _ weights: any LinearWeights, output: Tensor) {
        multiply(input, weights, isGated: false, output: output)
    }

    package func gatedLinear(_ input: LinearInput, _ weights: any LinearWeights, output: Tensor) {
        multiply(input, weights, isGated: true, output: output)
    }

    private func multiply(_ input: LinearInput, _ weights: any LinearWeights, isGated: Bool, output: Tensor) {
        guard let weights = weights as? CPULinearWeights else { fatalError("weights of another backend") }
        precondition(!isGated || weights.isGated, "a gated layer of \(weights.outputCount) outputs is no pair")
        let (rowCount, outputCount) = (input.shape[0], weights.outputCount / (isGated ? 2 : 1))
        precondition(
            input.shape == Shape(rowCount, weights.inputCount) && output.shape == Shape(rowCount, outputCount),
            "linear \(weights.inputCount) -> \(outputCount) of \(input.shape) into \(output.shape)")
        var source = unsafe input.kernelSource
        withExtendedLifetime(weights) {
            unsafe weights.withKernelSegments { segments, count in
                unsafe nt_linear(
                    pool.handle, &source, Int64(rowCount), Int64(weights.inputCount), segments, count,
                    weights.activationType.kernelCode, isGated, output.floatAddress, Int64(outputCount))
            }
        }
    }
}

extension LinearInput {
    fileprivate var kernelSource: nt_linear_source {
        var source = unsafe nt_linear_source()
        switch self {
        case .rows(let rows):
            unsafe source.rows = UnsafePointer(rows.floatAddress)
        case .normalized(let residual, let delta, let weight, let epsilon):
            precondition(
                (delta?.shape ?? residual.shape) == residual.shape && weight.shape.elementCount == residual.shape[1],
                "the norm of \(residual.shape) with weight \(weight.shape)")
            unsafe source.residual = residual.floatAddress
            unsafe source.delta = delta.map { unsafe UnsafePointer($0.floatAddress) }
            unsafe source.norm_weight = UnsafePointer(weight.floatAddress)
            unsafe source.epsilon = epsilon
        }
        return unsafe source
    }
}
