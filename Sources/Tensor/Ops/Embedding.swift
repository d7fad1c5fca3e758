/// Rows of a table as the start of the residual stream.
package struct EmbeddingSpec: OpDescriptor {
    /// `[rows, features]`, any dtype.
    package var table: Tensor
    /// Multiplies every element.
    package var scale: Float
    /// Whether the rows are added to what the output holds, such as learned positions to tokens.
    package var isAdded: Bool
    /// The table's name in the checkpoint, for traces.
    package var name: String

    package init(table: Tensor, scale: Float = 1, isAdded: Bool = false, name: String = "") {
        self.table = table
        self.scale = scale
        self.isAdded = isAdded
        self.name = name
    }
}

/// Rows taken from tables and from other rows.
package protocol EmbeddingOps {
    /// `output[t] = scale * table[ids[t]]` in float32; ids are in range.
    func embed(_ ids: [UInt32], _ spec: EmbeddingSpec, output: Tensor)

    /// `output[i] = input[rows[i]]`.
    func gatherRows(_ input: Tensor, rows: [Int32], output: Tensor)
}

extension ReferenceBackend {
    package func embed(_ ids: [UInt32], _ spec: EmbeddingSpec, output: Tensor) {
        for (index, id) in ids.enumerated() {
            let row = spec.table.rows(Int(id)..<Int(id) + 1).dequantized().map { $0 * spec.scale }
            output.setRow(index, spec.isAdded ? zip(output.row(index), row).map { $0 + $1 } : row)
        }
    }

    package func gatherRows(_ input: Tensor, rows: [Int32], output: Tensor) {
        for (index, row) in rows.enumerated() { output.setRow(index, input.row(Int(row))) }
    }
}
