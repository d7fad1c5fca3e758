package import Tensor

/// A tensor under its Hugging Face name, and how the file's form differs from Hugging Face's.
package struct StoredTensor: Sendable {
    /// The tensors whose rows follow each other; all have the same extents.
    package var parts: [TensorEntry]
    /// The stored row, counted over all parts, of each of Hugging Face's rows.
    package var rowMap = RowMap.asStored
    /// Whether the file stores the matrix transposed.
    package var isTransposed = false
    /// Amount that the converter added to the values.
    package var offset: Float = 0

    package init(_ entry: TensorEntry) { parts = [entry] }

    /// Splits a map to the rows of this tensor into maps to the rows of the parts, of `rowCount` rows each.
    package func partMaps(_ map: RowMap, rowCount: Int) -> [(part: Int, map: RowMap)] {
        let map = map.after(rowMap)
        return parts.count == 1 ? [(0, map)] : map.split(every: rowCount, count: parts.count)
    }
}
