/// The experts of a layer: for each, the weights of its input (gate and up) and of its output.
package struct ExpertWeights: Sendable {
    package let inputs: [any LinearWeights]
    package let outputs: [any LinearWeights]
    /// Activation and gate between input and output.
    package let epilogue: LinearEpilogue

    package init(inputs: [any LinearWeights], outputs: [any LinearWeights], epilogue: LinearEpilogue) {
        self.inputs = inputs
        self.outputs = outputs
        self.epilogue = epilogue
    }

    /// Width of the rows between input and output.
    package var innerCount: Int { outputs[0].inputCount }
}

/// The experts of each token with their weights, and the same tokens sorted by expert.
package struct ExpertRoutes: Sendable {
    /// Number of experts per token.
    package let width: Int
    /// Weight of each assignment, `[tokens, width]`.
    package let weights: [Float]
    /// Row of each assignment in the order of the experts, `[tokens, width]`.
    package let places: [Int32]
    /// Token of each assignment in the order of the experts.
    package let tokens: [Int32]
    /// The assignments of each expert that has any, in order.
    package let ranges: [(expert: Int, rows: Range<Int>)]

    /// Sorts the experts of all tokens. Within an expert, tokens stay in their order.
    package init(_ selected: [[(expert: Int, weight: Float)]], expertCount: Int) {
        width = selected.first?.count ?? 0
        weights = selected.flatMap { $0.map(\.weight) }
        var counts = [Int](repeating: 0, count: expertCount)
        for token in selected { for route in token { counts[route.expert] += 1 } }
        var next: [Int] = []
        var ranges: [(expert: Int, rows: Range<Int>)] = []
        var first = 0
        for (expert, count) in counts.enumerated() {
            next.append(first)
            if count > 0 { ranges.append((expert, first..<first + count)) }
            first += count
        }
        var tokens = [Int32](repeating: 0, count: first)
        var places: [Int32] = []
        places.reserveCapacity(first)
        for (token, routes) in selected.enumerated() {
            for route in routes {
                let place = next[route.expert]
                next[route.expert] += 1
                tokens[place] = Int32(token)
                places.append(Int32(place))
            }
        }
        self.tokens = tokens
        self.places = places
        self.ranges = ranges
    }
}

/// Rows added to the experts' sum, such as those of a shared expert.
package struct ExpertAddend: Sendable {
    /// `[tokens, features]`.
    package let rows: Tensor
    /// Factor of each row; nil for 1.
    package let weights: [Float]?

    package init(_ rows: Tensor, weights: [Float]? = nil) {
        self.rows = rows
        self.weights = weights
    }
}

/// Mixtures of experts.
package protocol ExpertOps {
    /// Selects the experts of each row of `scores` = `[tokens, experts]`.
    func route(_ scores: Tensor, _ spec: RoutingSpec) -> ExpertRoutes

    /// Computes `output[t]` = the sum, in the order of the token's experts, of weight times expert of `input[t]`, plus
    /// the addend's row. A row's result does not depend on how many rows its experts have. `workspace`: rows for all
    /// assignments, `[tokens * width, innerCount]` and `[tokens * width, features]`.
    func experts(
        _ input: Tensor, _ routes: ExpertRoutes, _ weights: ExpertWeights, addend: ExpertAddend?,
        workspace: (inner: Tensor, outer: Tensor), output: Tensor)
}

extension ExpertOps where Self: SamplingOps & MemoryOps {
    package func route(_ scores: Tensor, _ spec: RoutingSpec) -> ExpertRoutes {
        synchronize()
        let count = scores.shape[1]
        let selected = (0..<scores.shape[0]).map { row in
            let elements = scores.rows(row..<row + 1).floatArray
            return spec.select(elements.span)
        }
        return ExpertRoutes(selected, expertCount: count)
    }
}

extension ReferenceBackend {
    package func experts(
        _ input: Tensor, _ routes: ExpertRoutes, _ weights: ExpertWeights, addend: ExpertAddend?,
        workspace: (inner: Tensor, outer: Tensor), output: Tensor
    ) {
        for (expert, rows) in routes.ranges {
            let own = Tensor(
                rows.flatMap { input.row(Int(routes.tokens[$0])) }, shape: Shape(rows.count, input.shape[1]))
            linear(.rows(own), weights.inputs[expert], weights.epilogue, output: workspace.inner.rows(rows))
            linear(.rows(workspace.inner.rows(rows)), weights.outputs[expert], output: workspace.outer.rows(rows))
        }
        for token in 0..<input.shape[0] {
            var sum = [Double](repeating: 0, count: output.shape[1])
            if let addend {
                let factor = Double(addend.weights?[token] ?? 1)
                sum = addend.rows.row(token).map { factor * Double($0) }
            }
            for slot in token * routes.width..<(token + 1) * routes.width {
                let row = workspace.outer.row(Int(routes.places[slot]))
                for index in sum.indices { sum[index] += Double(routes.weights[slot]) * Double(row[index]) }
            }
            output.setRow(token, sum.map { Float($0) })
        }
    }
}
