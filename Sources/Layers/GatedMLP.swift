package import Tensor

/// `down(silu(gate(x)) * up(x))` (Shazeer 2020, SwiGLU), gate and up in one product.
package struct GatedMLP: Sendable {
    /// Outputs: all of gate, then all of up.
    package let gateUp: Linear
    package let down: Linear

    package init(gateUp: Linear, down: Linear) {
        self.gateUp = gateUp
        self.down = down
    }

    package func callAsFunction(_ input: LinearInput, into destination: Tensor, _ context: ForwardContext) {
        let activated = context.scratch.take(input.shape[0], down.inputCount)
        context.backend.gatedLinear(input, gateUp.weights, output: activated)
        _ = down(.rows(activated), into: destination, context)
    }
}
