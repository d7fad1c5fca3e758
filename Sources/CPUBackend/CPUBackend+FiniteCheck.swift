internal import CKernels
package import Tensor

extension CPUBackend {
    package func firstNonFinite(in matrix: Tensor) -> MatrixPlace? {
        let (rowCount, columnCount) = (matrix.shape[0], matrix.shape[1])
        let index = unsafe nt_find_non_finite(
            pool.handle, matrix.format.kernelCode, matrix.address, Int64(rowCount), Int64(columnCount))
        return MatrixPlace(index: index, columnCount: columnCount)
    }
}

extension MatrixPlace {
    /// The place of a kernel's index over all elements; nil for -1, which stands for none.
    init?(index: Int64, columnCount: Int) {
        guard index >= 0 else { return nil }
        let (row, column) = Int(index).quotientAndRemainder(dividingBy: columnCount)
        self.init(row: row, column: column)
    }
}
