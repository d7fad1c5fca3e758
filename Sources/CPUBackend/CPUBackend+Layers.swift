internal import CKernels
package import Tensor

extension CPUBackend {
    package func embed(_ ids: [UInt32], table: Tensor, output: Tensor) {
        let features = table.shape[1]
        precondition(
            output.shape == Shape(ids.count, features),
            "embedding \(ids.count) ids of a table \(table.shape) into \(output.shape)")
        precondition(ids.allSatisfy { Int($0) < table.shape[0] }, "an id outside a table \(table.shape)")
        unsafe nt_embed(
            pool.handle, ids, Int64(ids.count), table.dtype.kernelCode, table.address, Int64(features),
            output.floatAddress)
    }

    package func rmsNorm(_ input: Tensor, weight: Tensor, epsilon: Float, output: Tensor) {
        normalize(nil, residual: input, weight: weight, epsilon: epsilon, output: output)
    }

    package func addRMSNorm(_ delta: Tensor, residual: Tensor, weight: Tensor, epsilon: Float, output: Tensor) {
        precondition(delta.shape == residual.shape, "adding \(delta.shape) to \(residual.shape)")
        normalize(delta, residual: residual, weight: weight, epsilon: epsilon, output: output)
    }

    private func normalize(_ delta: Tensor?, residual: Tensor, weight: Tensor, epsilon: Float, output: Tensor) {
        let (rows, features) = (residual.shape[0], residual.shape[1])
        precondition(
            output.shape == residual.shape && weight.shape.elementCount == features,
            "norm of \(residual.shape) with weight \(weight.shape) into \(output.shape)")
        unsafe nt_rms_norm(
            pool.handle, delta.map { unsafe UnsafePointer($0.floatAddress) }, residual.floatAddress, Int64(rows),
            Int64(features), weight.floatAddress, epsilon, output.floatAddress)
    }

    package func gatherRows(_ input: Tensor, rows: [Int32], output: Tensor) {
        let features = input.shape[1]
        precondition(
            output.shape == Shape(rows.count, features) && input.dtype == output.dtype,
            "gathering \(rows.count) rows of \(input.shape) into \(output.shape)")
        let rowBytes = Tensor.byteCount(shape: Shape(1, features), dtype: input.dtype)
        for (index, row) in rows.enumerated() {
            precondition(row >= 0 && Int(row) < input.shape[0], "row \(row) of \(input.shape)")
            unsafe (output.address + index * rowBytes).copyMemory(
                from: input.address + Int(row) * rowBytes, byteCount: rowBytes)
        }
    }
}
