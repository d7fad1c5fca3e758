import Tensor

/// A mixture of experts, from scores to the sum of the experts' rows.
struct ExpertCase: OpCase {
    var rows: Int
    var routing: RoutingSpec
    var expertCount = 5
    var features = 64
    var inner = 37
    var format = WeightFormat.float32
    var inputFormat = InputFormat.float32
    var activation = Activation.silu
    var isGated = true
    var gateLimit: Float?
    var hasBias = false
    /// nil for none; else whether each row of a shared expert has a weight of its own.
    var hasSharedWeights: Bool?

    /// Experts read what others have rounded: one unit of bytes or bfloat16 in the rows between input and output.
    var tolerance: Float {
        switch inputFormat {
        case .float32: 2e-5
        case .float16: 1e-3
        case .bfloat16, .int8: 1e-2
        }
    }
    var isBitEqual: Bool { !([.bfloat16, .int8].contains(inputFormat) && format == .bfloat16) }
    var description: String {
        "experts \(rows) x \(features) over \(routing.activeCount) of \(expertCount) by \(routing.scoring), inner "
            + "\(inner), \(format) (\(inputFormat)), \(isGated ? "gated " : "")\(activation.rawValue)"
            + (gateLimit.map { ", limit \($0)" } ?? "") + (hasBias ? ", biases" : "")
            + (hasSharedWeights.map { $0 ? ", weighted addend" : ", addend" } ?? "")
    }

    func makeWeights(on backend: any Backend) throws -> ExpertWeights {
        func linear(_ count: Int, inputs: Int, outputs: Int, seed: Int) throws -> any LinearWeights {
            try backend.makeLinear(
                (0..<count).map { part in
                    let seed = UInt64(seed + part)
                    let bias = Tensor(Samples.floats(outputs, seed: seed + 1000), shape: Shape(outputs))
                    return LinearPart(
                        WeightKind.stored(format).weights(outputs, inputs, seed: seed), bias: hasBias ? bias : nil)
                }, inputFormat: inputFormat)
        }
        var epilogue = LinearEpilogue(activation: activation, isGated: isGated)
        epilogue.gateLimit = gateLimit
        return ExpertWeights(
            inputs: try (0..<expertCount).map {
                try linear(isGated ? 2 : 1, inputs: features, outputs: inner, seed: 200 + 10 * $0)
            },
            outputs: try (0..<expertCount).map { try linear(1, inputs: inner, outputs: features, seed: 205 + 10 * $0) },
            epilogue: epilogue)
    }

    /// Computes the mixture for rows of the same inputs and scores.
    func run(_ rows: [Int], _ weights: ExpertWeights, on backend: any Backend) -> [Float] {
        let (whole, scores) = (
            Samples.matrix(self.rows, features, seed: 1), Samples.matrix(self.rows, expertCount, seed: 3, scale: 2)
        )
        func taken(_ tensor: Tensor) -> Tensor {
            Tensor(
                rows.flatMap { tensor.rows($0..<$0 + 1).floatArray }, shape: Shape(rows.count, tensor.shape[1]))
        }
        let routes = backend.route(taken(scores), routing)
        let addend = hasSharedWeights.map { isWeighted in
            let factors = Samples.floats(self.rows, seed: 5)
            return ExpertAddend(
                taken(Samples.matrix(self.rows, features, seed: 4)),
                weights: isWeighted ? rows.map { factors[$0] } : nil)
        }
        let count = routes.tokens.count
        let workspace = (inner: Tensor(zeros: Shape(count, inner)), outer: Tensor(zeros: Shape(count, features)))
        let output = Samples.matrix(rows.count, features, seed: 6)
        backend.experts(taken(whole), routes, weights, addend: addend, workspace: workspace, output: output)
        return output.floatArray
    }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let weights = try makeWeights(on: backend)
        return { run(Array(0..<rows), weights, on: backend) }
    }
}
