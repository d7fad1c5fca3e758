import Support
package import Tensor

/// A feed-forward part of a layer.
package protocol FeedForwardPart: Sendable {
    /// Computes the part for `rows` into `destination`, which is `[tokens, features]`. `addend`: rows added to the
    /// result.
    func callAsFunction(_ rows: RowInput, adding addend: Tensor?, into destination: Tensor, _ context: ForwardContext)
}

/// A mixture of experts (Shazeer et al. 2017): a router gives every token some of many feed-forward networks, whose
/// results are added with the router's weights. A shared expert serves all tokens besides.
package struct MixtureOfExperts: FeedForwardPart {
    package let router: Linear
    package let routing: RoutingSpec
    package let experts: ExpertWeights
    /// Expert of all tokens; nil for none.
    package let shared: FeedForward?
    /// The logistic function of this layer's only output weighs the shared expert; nil for weight 1.
    package let sharedGate: Linear?

    package init(
        router: Linear, routing: RoutingSpec, experts: ExpertWeights, shared: FeedForward? = nil,
        sharedGate: Linear? = nil
    ) {
        self.router = router
        self.routing = routing
        self.experts = experts
        self.shared = shared
        self.sharedGate = sharedGate
    }

    package func callAsFunction(
        _ rows: RowInput, adding addend: Tensor? = nil, into destination: Tensor, _ context: ForwardContext
    ) {
        precondition(addend == nil, "a mixture of experts in a parallel block")
        context.scratch.scope {
            let input = context.scratch.take(rows.shape[0], rows.shape[1])
            context.backend.normalize(rows, output: input)
            let routes = context.backend.route(router(.rows(input), context), routing)
            let count = routes.tokens.count
            let workspace = (
                inner: context.scratch.take(count, experts.innerCount),
                outer: context.scratch.take(count, destination.shape[1])
            )
            context.backend.experts(
                input, routes, experts, addend: sharedRows(input, context), workspace: workspace, output: destination)
        }
    }

    private func sharedRows(_ input: Tensor, _ context: ForwardContext) -> ExpertAddend? {
        guard let shared else { return nil }
        let rows = context.scratch.take(input.shape[0], shared.output.outputCount)
        shared(.rows(input), into: rows, context)
        guard let sharedGate else { return ExpertAddend(rows) }
        let gates = sharedGate(.rows(input), context)
        context.backend.synchronize()
        return ExpertAddend(rows, weights: gates.floatArray.map { 1 / (1 + Float(Math.exp(-Double($0)))) })
    }
}
