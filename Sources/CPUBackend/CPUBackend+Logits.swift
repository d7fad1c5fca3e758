internal import CKernels
package import Tensor

extension CPUBackend {
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
        var indices = [Int32](repeating: 0, count: wanted)
        var values = [Float](repeating: 0, count: wanted)
        let (address, length) = unsafe self.row(row, of: logits)
        let found = unsafe nt_top_k(pool.handle, address, length, Int64(wanted), &indices, &values)
        return (0..<Int(found)).map { (index: indices[$0], value: values[$0]) }
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
