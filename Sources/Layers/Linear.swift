package import Tensor

/// How the ranks of a tensor-parallel world share a linear layer. There is only one rank today, but loaders already
/// take shards, so more ranks would change only the loaders.
package enum LinearParallelism: Hashable, Sendable {
    /// Each rank computes a shard of the outputs.
    case column
    /// Each rank takes a shard of the inputs; outputs are summed over ranks.
    case row
    /// Each rank has the whole layer.
    case replicated
}

/// The place of this process in a tensor-parallel world.
package struct ParallelContext: Hashable, Sendable {
    package var rank: Int
    package var worldSize: Int

    package init(rank: Int = 0, worldSize: Int = 1) {
        precondition(worldSize >= 1 && (0..<worldSize).contains(rank), "rank \(rank) of \(worldSize)")
        self.rank = rank
        self.worldSize = worldSize
    }

    /// Returns this rank's part of `count` items.
    package func range(of count: Int) -> Range<Int> {
        count * rank / worldSize..<count * (rank + 1) / worldSize
    }
}

/// `output = input * weight^T + bias`, over one or more matrices that share the input.
package struct Linear: Sendable {
    package let weights: any LinearWeights
    package let parallelism: LinearParallelism

    package init(weights: any LinearWeights, parallelism: LinearParallelism) {
        self.weights = weights
        self.parallelism = parallelism
    }

    package var inputCount: Int { weights.inputCount }
    package var outputCount: Int { weights.outputCount }

    /// Computes the layer for `input` = `[tokens, inputCount]`. The result is `[tokens, outputCount]`, half as wide for
    /// a gated epilogue, in `destination` or else in scratch memory.
    package func callAsFunction(
        _ input: RowInput, then epilogue: LinearEpilogue = .none, into destination: Tensor? = nil,
        _ context: ForwardContext
    ) -> Tensor {
        let width = epilogue.isGated ? outputCount / 2 : outputCount
        let output = destination ?? context.scratch.take(input.shape[0], width)
        context.backend.linear(input, weights, epilogue, output: output)
        return output
    }
}
