import Tensor

/// Says how a request's parameters and history change its logits. Works in time that is linear in the vocabulary at most,
/// on lists that were prepared with the request.
protocol LogitEditor: Sendable {
    func edits(for row: SamplingRow) -> [LogitEdit]
}
