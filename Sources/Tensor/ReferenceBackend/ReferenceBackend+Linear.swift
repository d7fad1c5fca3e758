/// Weights as float32 rows.
final class ReferenceLinearWeights: LinearWeights {
    let rows: [[Float]]
    let biases: [Float]
    let inputCount: Int
    let byteCount: Int
    let activationType: DType

    var outputCount: Int { rows.count }

    init(rows: [[Float]], biases: [Float], inputCount: Int, byteCount: Int, activationType: DType) {
        self.rows = rows
        self.biases = biases
        self.inputCount = inputCount
        self.byteCount = byteCount
        self.activationType = activationType
    }
}

extension ReferenceBackend {
    package func makeLinear(_ parts: [LinearPart], activationType: DType) throws(BackendError) -> any LinearWeights {
        guard let inputCount = parts.first?.weight.shape[1] else { throw BackendError("a linear layer without parts") }
        var rows: [[Float]] = []
        var biases: [Float] = []
        for part in parts {
            guard part.weight.shape[1] == inputCount else {
                throw BackendError("a weight of shape \(part.weight.shape) beside one of \(inputCount) inputs")
            }
            let outputCount = part.weight.shape[0]
            let elements = part.weight.dequantized()
            for output in 0..<outputCount {
                let start = part.rowOrder.storedRow(output) * inputCount
                rows.append(Array(elements[start..<start + inputCount]))
            }
            biases += part.bias?.floatArray ?? [Float](repeating: 0, count: outputCount)
        }
        return ReferenceLinearWeights(
            rows: rows, biases: biases, inputCount: inputCount,
            byteCount: parts.reduce(0) { $0 + $1.weight.byteCount }, activationType: activationType)
    }

    package func linear(_ input: Tensor, _ weights: any LinearWeights, output: Tensor) {
        guard let weights = weights as? ReferenceLinearWeights else { fatalError("weights of another backend") }
        for index in 0..<input.shape[0] {
            let row = input.row(index).map { Double(weights.activationType.rounded($0)) }
            let results = zip(weights.rows, weights.biases).map { weight, bias in
                var sum = 0.0
                for k in 0..<row.count { sum += row[k] * Double(weight[k]) }
                return Float(sum + Double(bias))
            }
            output.setRow(index, results)
        }
    }
}
