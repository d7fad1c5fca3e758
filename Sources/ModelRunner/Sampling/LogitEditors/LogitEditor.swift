import Tensor

/// Changes logits by a request's parameters and history. Works in time that is linear in the vocabulary at most, on lists
/// that were prepared with the request.
protocol LogitEditor: Sendable {
    /// `logits`: the request's row alone.
    func edit(_ logits: Tensor, of request: InputBatch.Row, _ backend: any Backend)
}
