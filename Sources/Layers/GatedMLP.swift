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

    package func callAsFunction(_ input: Tensor, into destination: Tensor, _ context: ForwardContext) {
        let both = gateUp(input, context)
        let activated = context.scratch.take(input.shape[0], down.inputCount)
        context.backend.siluMultiply(both, output: activated)
        _ = down(activated, into: destination, context)
    }
}
