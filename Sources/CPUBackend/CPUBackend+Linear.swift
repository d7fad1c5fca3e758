internal import CKernels
package import Tensor

extension CPUBackend {
    package func makeLinear(_ parts: [LinearPart], inputFormat: InputFormat) throws(BackendError) -> any LinearWeights {
        let (inputCount, inputOrder) = try parts.commonInputs
        guard inputCount > 0 else { throw BackendError("a linear layer without inputs") }
        var segments: [CPULinearWeights.Segment] = []
        var nonFinite: NonFiniteWeight?
        for (index, part) in parts.enumerated() {
            let (segment, place) = try segment(part, inputCount: inputCount)
            segments.append(segment)
            if nonFinite == nil { nonFinite = place.map { NonFiniteWeight(part: index, place: $0) } }
        }
        return CPULinearWeights(
            inputCount: inputCount, inputOrder: inputOrder, segments: segments, inputFormat: inputFormat,
            nonFinite: nonFinite)
    }

    /// Packs a matrix. `nonFinite`: its first weight that is not finite, in the file's form.
    private func segment(
        _ part: LinearPart, inputCount: Int
    ) throws(BackendError) -> (CPULinearWeights.Segment, nonFinite: MatrixPlace?) {
        let storedCount = part.weight.storedOutputCount
        if let bias = part.bias {
            guard bias.format == .float32, bias.shape.elementCount == storedCount else {
                throw BackendError("a \(bias.format.rawValue) bias of shape \(bias.shape) for \(storedCount) outputs")
            }
        }
        let leastRows = part.rowMap.leastStoredCount
        guard leastRows <= storedCount else {
            throw BackendError("row \(leastRows - 1) of a weight with \(storedCount) rows")
        }
        let packing = try part.weight.packing
        let (packed, nonFinite) = pack(part, packing, inputCount: inputCount)
        let segment = CPULinearWeights.Segment(
            packed: packed, bias: part.bias.map { part.rowMap.applied(to: $0) },
            outputCount: part.outputCount, packing: packing)
        return (segment, nonFinite)
    }

    private func pack(
        _ part: LinearPart, _ packing: nt_packing, inputCount: Int
    ) -> (Storage, nonFinite: MatrixPlace?) {
        let (inputs, outputs) = (Int64(inputCount), Int64(part.outputCount))
        let packed = makeStorage(byteCount: nt_packed_byte_count(packing, inputs, outputs))
        var nonFinite: Int64 = -1
        unsafe part.weight.withKernelMatrix { matrix in
            unsafe withAddress(part.rowMap.rows) { rows in
                unsafe matrix.pointee.row_map = rows
                nonFinite = unsafe nt_pack_linear(pool.handle, packing, inputs, outputs, matrix, packed.address)
            }
        }
        let place = MatrixPlace(index: nonFinite, columnCount: inputCount)
        return (packed, place.map { part.weight.isTransposed ? MatrixPlace(row: $0.column, column: $0.row) : $0 })
    }

    package func linear(_ input: RowInput, _ weights: any LinearWeights, _ epilogue: LinearEpilogue, output: Tensor) {
        guard let weights = weights as? CPULinearWeights else { fatalError("weights of another backend") }
        let (rowCount, outputCount) = (input.shape[0], weights.outputCount / (epilogue.isGated ? 2 : 1))
        precondition(
            !epilogue.isGated || weights.isGated, "a gated layer of \(weights.outputCount) outputs is not a pair")
        precondition(
            input.shape == Shape(rowCount, weights.inputCount) && output.shape == Shape(rowCount, outputCount),
            "linear \(weights.inputCount) -> \(outputCount) of \(input.shape) into \(output.shape)")
        let source = unsafe input.kernelSource
        unsafe withKernelEpilogue(epilogue, rowCount: rowCount, outputCount: weights.outputCount) { kernelEpilogue in
            unsafe withUnsafePointer(to: source) { source in
                var call = unsafe nt_linear_call(
                    source: source, row_map: nil, rows: Int64(rowCount), weights: weights.kernelValue,
                    epilogue: kernelEpilogue, output: output.floatAddress, output_stride: Int64(outputCount))
                unsafe nt_linear(pool.handle, &call, 1, weights.inputFormat.kernelCode)
            }
        }
    }

    /// Passes an epilogue to a kernel call. Traps if the addend does not fit the layer.
    func withKernelEpilogue(
        _ epilogue: LinearEpilogue, rowCount: Int, outputCount: Int,
        _ body: (UnsafePointer<nt_linear_epilogue>) -> Void
    ) {
        var value = unsafe nt_linear_epilogue()
        unsafe value.activation = epilogue.activation?.kernelCode ?? NT_IDENTITY
        unsafe value.gated = epilogue.isGated
        unsafe value.scale = epilogue.scale
        unsafe value.soft_cap = epilogue.softCap ?? 0
        unsafe value.gate_limit = epilogue.gateLimit ?? 0
        guard let addend = epilogue.addend else { return unsafe body(&value) }
        let addendCount = addend.rows.shape[0]
        precondition(addend.rows.shape == Shape(addendCount, outputCount), "an addend \(addend.rows.shape)")
        unsafe value.addend = UnsafePointer(addend.rows.floatAddress)
        guard let rows = addend.rowOfOutput else {
            precondition(addendCount == rowCount, "an addend of \(addendCount) rows for \(rowCount)")
            return unsafe body(&value)
        }
        precondition(
            rows.count == rowCount && rows.allSatisfy { $0 >= -1 && $0 < addendCount },
            "\(rows.count) addend rows for \(rowCount)")
        unsafe rows.withUnsafeBufferPointer { rows in
            unsafe value.addend_rows = rows.baseAddress
            unsafe body(&value)
        }
    }
}

extension Activation {
    fileprivate var kernelCode: nt_activation {
        switch self {
        case .silu: NT_SILU
        case .gelu: NT_GELU
        case .geluTanh: NT_GELU_TANH
        case .quickGELU: NT_QUICK_GELU
        case .relu: NT_RELU
        case .reluSquared: NT_RELU_SQUARED
        }
    }
}
