/// The search for weights that are not finite.
package protocol FiniteCheckOps {
    /// Returns the first element of a matrix that is infinite or not a number; nil if all are finite. Of quantised
    /// formats, the first element of a block whose scale or minimum is not finite.
    func firstNonFinite(in matrix: Tensor) -> MatrixPlace?
}

/// The place of an element of a matrix.
package struct MatrixPlace: Hashable, Sendable {
    package var row: Int
    package var column: Int

    package init(row: Int, column: Int) {
        self.row = row
        self.column = column
    }
}

extension ReferenceBackend {
    package func firstNonFinite(in matrix: Tensor) -> MatrixPlace? {
        let (columnCount, blockSize) = (matrix.shape[1], matrix.format.blockSize)
        guard let index = matrix.dequantized().firstIndex(where: { !$0.isFinite }) else { return nil }
        let (row, column) = index.quotientAndRemainder(dividingBy: columnCount)
        return MatrixPlace(row: row, column: column / blockSize * blockSize)
    }
}
