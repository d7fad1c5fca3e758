/// Weights as float32 rows.
final class ReferenceLinearWeights: LinearWeights {
    let rows: [[Float]]
    /// The type that each row was stored in.
    let dtypes: [DType]
    let biases: [Float]
    let inputCount: Int
    let byteCount: Int
    let activationType: DType

    var outputCount: Int { rows.count }

    init(rows: [[Float]], dtypes: [DType], biases: [Float], inputCount: Int, byteCount: Int, activationType: DType) {
        self.rows = rows
        self.dtypes = dtypes
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
        var dtypes: [DType] = []
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
            dtypes += Array(repeating: part.weight.dtype, count: outputCount)
            biases += part.bias?.floatArray ?? [Float](repeating: 0, count: outputCount)
        }
        return ReferenceLinearWeights(
            rows: rows, dtypes: dtypes, biases: biases, inputCount: inputCount,
            byteCount: parts.reduce(0) { $0 + $1.weight.byteCount }, activationType: activationType)
    }

    private func materialized(_ input: LinearInput) -> Tensor {
        switch input {
        case .rows(let rows): return rows
        case .normalized(let residual, let delta, let weight, let epsilon):
            let rows = Tensor(zeros: residual.shape)
            if let delta {
                addRMSNorm(delta, residual: residual, weight: weight, epsilon: epsilon, output: rows)
            } else {
                rmsNorm(residual, weight: weight, epsilon: epsilon, output: rows)
            }
            return rows
        }
    }

    package func linear(_ input: LinearInput, _ weights: any LinearWeights, output: Tensor) {
        guard let weights = weights as? ReferenceLinearWeights else { fatalError("weights of another backend") }
        let input = materialized(input)
        for index in 0..<input.shape[0] {
            var inputs: [DType: [Double]] = [:]
            for dtype in Set(weights.dtypes) {
                inputs[dtype] = weights.activationType.rounded(input.row(index), forWeightsOf: dtype).map(Double.init)
            }
            let results = weights.rows.indices.map { output in
                let products = zip(inputs[weights.dtypes[output]]!, weights.rows[output]).lazy.map { $0 * Double($1) }
                return Float(products.reduce(Double(weights.biases[output]), +))
            }
            output.setRow(index, results)
        }
    }
}
