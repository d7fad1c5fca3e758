internal import CKernels
package import Tensor

extension CPUBackend {
    /// Runs a single row on the calling thread, without waking others.
    package func forEachRow(_ count: Int, _ body: @Sendable (_ row: Int, _ worker: Int) -> Void) {
        guard count > 1 else {
            if count == 1 { body(0, 0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            let call = RowCall(body: body)
            unsafe withUnsafePointer(to: call) { call in
                unsafe nt_for_each_row(
                    pool.handle, Int64(count), { unsafe RowCall.run($0, $1, $2) },
                    UnsafeMutableRawPointer(mutating: call))
            }
        }
    }

    package func rowStatistics(_ logits: Tensor) -> [RowStatistics] {
        let (rows, count) = (logits.shape[0], logits.shape[1])
        precondition(count > 0, "statistics of empty rows \(logits.shape)")
        var values = [nt_row_statistics](repeating: nt_row_statistics(), count: rows)
        unsafe nt_row_statistics_of(pool.handle, logits.floatAddress, Int64(rows), Int64(count), &values)
        return values.map { RowStatistics(argmax: $0.argmax, maximum: $0.maximum, logSumExp: $0.log_sum_exp) }
    }

    package func argmax(_ logits: Tensor, row: Int) -> (index: Int32, value: Float) {
        let (address, length) = unsafe self.row(row, of: logits)
        var maximum: Float = 0
        let index = unsafe nt_argmax(pool.handle, address, length, &maximum)
        return (index, maximum)
    }

    package func topK(_ logits: Tensor, row: Int, count: Int) -> [(index: Int32, value: Float)] {
        let wanted = min(max(count, 0), logits.shape[1])
        guard wanted > 0 else { return [] }
        let (address, length) = unsafe self.row(row, of: logits)
        return unsafe elements(atMost: wanted) { indices, values in
            unsafe nt_top_k(pool.handle, address, length, Int64(wanted), indices, values)
        }
    }

    package func nucleus(_ weights: Tensor, row: Int, target: Double) -> [(index: Int32, value: Float)] {
        let (address, length) = unsafe self.row(row, of: weights)
        return unsafe elements(atMost: Int(length)) { indices, values in
            unsafe nt_nucleus(pool.handle, address, length, target, indices, values)
        }
    }

    /// Returns the elements that `find` writes to its buffers; `find` returns their number.
    private func elements(
        atMost count: Int, _ find: (UnsafeMutablePointer<Int32>, UnsafeMutablePointer<Float>) -> Int64
    ) -> [(index: Int32, value: Float)] {
        unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(count, 1)) { indices in
            unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: max(count, 1)) { values in
                let found = unsafe find(indices.baseAddress!, values.baseAddress!)
                return (0..<Int(found)).map { unsafe (index: indices[$0], value: values[$0]) }
            }
        }
    }

    package func countAtLeast(_ logits: Tensor, row: Int, value: Float) -> Int {
        let (address, length) = unsafe self.row(row, of: logits)
        return unsafe Int(nt_count_at_least(pool.handle, address, length, value))
    }

    package func exponentiate(
        _ logits: Tensor, row: Int, maximum: Float, inverseTemperature: Float, threshold: Float
    ) -> Double {
        let (address, length) = unsafe self.row(row, of: logits)
        return unsafe nt_exponentiate(pool.handle, address, length, maximum, inverseTemperature, threshold)
    }

    package func pickWeighted(_ weights: Tensor, row: Int, target: Double) -> Int {
        let (address, length) = unsafe self.row(row, of: weights)
        return unsafe Int(nt_pick_weighted(pool.handle, address, length, target))
    }

    private func row(_ row: Int, of tensor: Tensor) -> (UnsafeMutablePointer<Float>, Int64) {
        precondition(row >= 0 && row < tensor.shape[0], "row \(row) of \(tensor.shape)")
        let length = tensor.shape[1]
        return unsafe (tensor.floatAddress + row * length, Int64(length))
    }
}

/// Wraps the closure of `forEachRow` for the pool's threads.
private struct RowCall {
    let body: @Sendable (_ row: Int, _ worker: Int) -> Void

    static func run(_ context: UnsafeMutableRawPointer?, _ row: Int64, _ worker: Int32) {
        guard let context = unsafe context else { return }
        unsafe context.assumingMemoryBound(to: RowCall.self).pointee.body(Int(row), Int(worker))
    }
}
