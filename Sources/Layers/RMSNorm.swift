package import Tensor

/// Root-mean-square normalisation (Zhang and Sennrich 2019).
package struct RMSNorm: Sendable {
    /// float32 `[features]`.
    package let weight: Tensor
    package let epsilon: Float

    package init(weight: Tensor, epsilon: Float) {
        self.weight = weight
        self.epsilon = epsilon
    }

    /// The norm as a linear layer's input: `delta` is added to the residual stream in place, then that is normalised.
    package func input(adding delta: Tensor?, to residual: Tensor) -> LinearInput {
        .normalized(residual: residual, delta: delta, weight: weight, epsilon: epsilon)
    }

    /// Adds `delta` to the residual stream in place and normalises the sum.
    package func callAsFunction(adding delta: Tensor, to residual: Tensor, _ context: ForwardContext) -> Tensor {
        let output = context.scratch.take(residual.shape[0], residual.shape[1])
        context.backend.addRMSNorm(delta, residual: residual, weight: weight, epsilon: epsilon, output: output)
        return output
    }
}
