import Tensor

/// Derives changes of the logits from a request's parameters and history. Takes at most linear time in the vocabulary
/// size, using lists that were prepared with the request.
protocol LogitEditor: Sendable {
    func append(to edits: inout [LogitEdit], for row: SamplingRow)
}
