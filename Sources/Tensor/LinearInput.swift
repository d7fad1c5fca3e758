/// What a linear layer multiplies, `[rows, inputs]` in float32.
package enum LinearInput {
    case rows(Tensor)
    /// `residual += delta` where there is one, then the root-mean-square norm of `residual`, made on the way.
    case normalized(residual: Tensor, delta: Tensor?, weight: Tensor, epsilon: Float)

    package var shape: Shape {
        switch self {
        case .rows(let rows): rows.shape
        case .normalized(let residual, _, _, _): residual.shape
        }
    }
}
