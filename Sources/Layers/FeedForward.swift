package import Tensor

/// `output(activation(input(x)))` or, gated, `output(activation(gate(x)) * up(x))` with gate and up in one product
/// (Shazeer 2020).
package struct FeedForward: FeedForwardPart {
    /// Input projection; in a gated layer, all outputs of gate, then all of up.
    package let input: Linear
    package let output: Linear
    package let epilogue: LinearEpilogue

    package init(input: Linear, output: Linear, epilogue: LinearEpilogue) {
        self.input = input
        self.output = output
        self.epilogue = epilogue
    }

    /// Computes the layer into `destination`. `addend`: rows added to the result.
    package func callAsFunction(
        _ rows: RowInput, adding addend: Tensor? = nil, into destination: Tensor, _ context: ForwardContext
    ) {
        let activated = input(rows, then: epilogue, context)
        let last = LinearEpilogue(addend: addend.map { LinearAddend($0) })
        _ = output(.rows(activated), then: last, into: destination, context)
    }
}
