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

    package func callAsFunction(_ input: Tensor, _ context: ForwardContext) -> Tensor {
        let output = context.scratch.take(input.shape[0], input.shape[1])
        context.backend.rmsNorm(input, weight: weight, epsilon: epsilon, output: output)
        return output
    }

    /// Adds `delta` to the residual stream in place and normalises the sum.
    package func callAsFunction(adding delta: Tensor, to residual: Tensor, _ context: ForwardContext) -> Tensor {
        let output = context.scratch.take(residual.shape[0], residual.shape[1])
        context.backend.addRMSNorm(delta, residual: residual, weight: weight, epsilon: epsilon, output: output)
        return output
    }
}
