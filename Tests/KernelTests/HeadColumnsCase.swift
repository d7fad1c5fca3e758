import Tensor

/// Products per head that read and write columns of wider rows.
struct HeadColumnsCase: OpCase {
    var rows: Int
    var heads: Int
    var inputs: Int
    var outputs: Int
    var format: WeightFormat
    var inputFormat: InputFormat
    /// Columns between the heads, which stay as they are.
    private static let gap = 5

    var tolerance: Float { 2e-6 * Float(inputs).squareRoot() }
    var isBitEqual: Bool { format != .bfloat16 || ![.bfloat16, .int8].contains(inputFormat) }
    var description: String { "\(heads) heads of \(rows) x \(inputs) -> \(outputs) (\(format), \(inputFormat))" }

    func makeWeights(on backend: any Backend) throws -> [any LinearWeights] {
        try (0..<heads).map { head in
            let weight = Samples.weights(outputs, inputs, format: format, seed: UInt64(40 + head))
            return try backend.makeLinear([LinearPart(try WeightSource(weight))], inputFormat: inputFormat)
        }
    }

    /// Multiplies rows of the same input.
    func run(_ rows: Range<Int>, _ weights: [any LinearWeights], on backend: any Backend) -> [Float] {
        let (from, to) = (inputs + Self.gap, outputs + Self.gap)
        let input = Samples.matrix(self.rows, 3 + heads * from, seed: 1).rows(rows)
        let output = Samples.matrix(self.rows, 2 + heads * to, seed: 2).rows(rows)
        backend.linear(
            HeadColumns(input, from: 3, stride: from), perHead: weights,
            output: HeadColumns(output, from: 2, stride: to))
        return output.floatArray
    }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let weights = try makeWeights(on: backend)
        return { run(0..<rows, weights, on: backend) }
    }
}

/// Copies of the columns of heads.
struct CopyColumnsCase: OpCase {
    var rows: Int
    var heads: Int
    var width: Int
    /// Columns between the heads of the input.
    var gap: Int

    var tolerance: Float { 0 }
    var description: String { "copy \(rows) x \(heads) heads of \(width), \(gap) apart" }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let input = Samples.matrix(rows, 4 + heads * (width + gap), seed: 1)
        return {
            let output = Samples.matrix(rows, 1 + heads * (width + 2), seed: 2)
            backend.copyColumns(
                HeadColumns(input, from: 4, stride: width + gap), width: width, headCount: heads,
                output: HeadColumns(output, from: 1, stride: width + 2))
            return output.floatArray
        }
    }
}
