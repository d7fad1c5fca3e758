/// Looks up rows of a table, such as token embeddings, to start the residual stream.
package struct EmbeddingSpec: OpDescriptor {
    /// Table `[rows, features]` of any dtype.
    package var table: Tensor
    /// Multiplies every element.
    package var scale: Float
    /// Whether the rows are added to the output instead of replacing it, such as learned position embeddings.
    package var isAdded: Bool
    /// Name of the table in the checkpoint, for traces.
    package var name: String

    package init(table: Tensor, scale: Float = 1, isAdded: Bool = false, name: String = "") {
        self.table = table
        self.scale = scale
        self.isAdded = isAdded
        self.name = name
    }
}

/// Lookup and gathering of rows.
package protocol EmbeddingOps {
    /// Computes `output[t] = scale * table[ids[t]]` in float32. All ids must be in range.
    func embed(_ ids: [UInt32], _ spec: EmbeddingSpec, output: Tensor)

    /// Computes `output[i] = input[rows[i]]`.
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
