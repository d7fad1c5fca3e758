internal import CKernels
package import Tensor

extension CPUBackend {
    package func embed(_ ids: [UInt32], _ spec: EmbeddingSpec, output: Tensor) {
        let (table, features) = (spec.table, spec.table.shape[1])
        precondition(
            output.shape == Shape(ids.count, features),
            "embedding \(ids.count) ids of a table \(table.shape) into \(output.shape)")
        precondition(ids.allSatisfy { Int($0) < table.shape[0] }, "a token id is outside a table \(table.shape)")
        unsafe nt_embed(
            pool.handle, ids, Int64(ids.count), table.format.kernelCode, table.address, Int64(features), spec.scale,
            spec.isAdded, output.floatAddress)
    }

    package func normalize(_ input: RowInput, output: Tensor) {
        precondition(output.shape == input.shape, "norm of \(input.shape) into \(output.shape)")
        var source = unsafe input.kernelSource
        unsafe nt_normalize(
            pool.handle, &source, Int64(input.shape[0]), Int64(input.shape[1]), output.floatAddress)
    }

    package func gatherRows(_ input: Tensor, rows: [Int32], output: Tensor) {
        let features = input.shape[1]
        precondition(
            output.shape == Shape(rows.count, features) && input.format == output.format,
            "gathering \(rows.count) rows of \(input.shape) into \(output.shape)")
        let rowBytes = Tensor.byteCount(shape: Shape(1, features), format: input.format)
        for (index, row) in rows.enumerated() {
            precondition(row >= 0 && Int(row) < input.shape[0], "row \(row) of \(input.shape)")
            unsafe (output.address + index * rowBytes).copyMemory(
                from: input.address + Int(row) * rowBytes, byteCount: rowBytes)
        }
    }
}

extension RowInput {
    /// The row source in the kernels' form, valid as long as the tensors live.
    @unsafe var kernelSource: nt_row_source {
        var source = unsafe nt_row_source()
        unsafe source.rows = rows.floatAddress
        unsafe source.stride = Int64(shape[1])
        unsafe source.delta_scale = 1
        if let norm { unsafe source.norm = norm.kernelValue(features: shape[1]) }
        guard let commit else { return unsafe source }
        precondition(commit.delta.shape == shape, "adding \(commit.delta.shape) to \(shape)")
        unsafe source.delta = UnsafePointer(commit.delta.floatAddress)
        unsafe source.delta_scale = commit.scale
        if let norm = commit.norm { unsafe source.delta_norm = norm.kernelValue(features: shape[1]) }
        return unsafe source
    }
}

extension NormSpec {
    /// Traps if weight or bias do not have `features` elements.
    @unsafe func kernelValue(features: Int) -> nt_norm {
        precondition(
            (weight?.shape.elementCount ?? features) == features && (bias?.shape.elementCount ?? features) == features,
            "a norm of \(features) with \(weight?.shape, default: "none") and \(bias?.shape, default: "none")")
        return unsafe nt_norm(
            kind: kind == .rms ? NT_NORM_RMS : NT_NORM_LAYER, epsilon: epsilon,
            weight: weight.map { unsafe UnsafePointer($0.floatAddress) },
            bias: bias.map { unsafe UnsafePointer($0.floatAddress) })
    }
}
