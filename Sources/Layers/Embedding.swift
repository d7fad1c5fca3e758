package import Tensor

/// Token embeddings: rows of the table as it is stored in the checkpoint.
package struct Embedding: Sendable {
    /// `[vocabulary, features]`, any dtype.
    package let table: Tensor

    package init(table: Tensor) { self.table = table }

    package func callAsFunction(_ ids: [UInt32], _ context: ForwardContext) -> Tensor {
        let output = context.scratch.take(ids.count, table.shape[1])
        context.backend.embed(ids, table: table, output: output)
        return output
    }
}
