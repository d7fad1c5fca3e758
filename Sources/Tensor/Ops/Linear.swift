/// Weights made by `LinearOps.makeLinear`, usable only by the backend that made them.
package protocol LinearWeights: AnyObject, Sendable {
    var inputCount: Int { get }
    /// Number of outputs, over all matrices.
    var outputCount: Int { get }
    /// Bytes read by one pass over the weights.
    var byteCount: Int { get }
}

/// One matrix of a linear layer, as a file stores it.
package struct LinearPart: Sendable {
    /// Weight `[stored outputs, inputs]`, row-major, of any dtype; if transposed, `[inputs, stored outputs]` of a plain
    /// dtype.
    package let weight: Tensor
    /// Bias, float32 `[stored outputs]`.
    package let bias: Tensor?
    /// Selects the outputs from the stored rows, including those of the bias.
    package let rowMap: RowMap
    package let isTransposed: Bool
    /// Name of the matrix in the checkpoint, for traces.
    package let name: String

    package init(
        weight: Tensor, bias: Tensor? = nil, rowMap: RowMap = .asStored, isTransposed: Bool = false, name: String = ""
    ) {
        self.weight = weight
        self.bias = bias
        self.rowMap = rowMap
        self.isTransposed = isTransposed
        self.name = name
    }

    package var inputCount: Int { weight.shape[isTransposed ? 0 : 1] }
    package var storedOutputCount: Int { weight.shape[isTransposed ? 1 : 0] }
    package var outputCount: Int { rowMap.count(ofStored: storedOutputCount) }
}

/// Operations after the product of a linear layer, in this order: addend, activation, gate.
package struct LinearEpilogue: OpDescriptor {
    package var addend: LinearAddend?
    /// Activation of the outputs; in a gated layer, of their first half only.
    package var activation: Activation?
    /// Whether the outputs are two halves of equal size that combine to `activation(first) * second`.
    package var isGated: Bool

    package init(addend: LinearAddend? = nil, activation: Activation? = nil, isGated: Bool = false) {
        self.addend = addend
        self.activation = activation
        self.isGated = isGated
    }

    package static let none = LinearEpilogue()
}

/// Rows added to the outputs of a linear layer, such as those of an adapter or the other half of a parallel block.
package struct LinearAddend: OpDescriptor {
    /// Addend, float32 `[rows, outputs]`.
    package var rows: Tensor
    /// Row of the addend for each row of the layer, or -1 for none; nil if they correspond in order.
    package var rowOfOutput: [Int32]?

    package init(_ rows: Tensor, rowOfOutput: [Int32]? = nil) {
        self.rows = rows
        self.rowOfOutput = rowOfOutput
    }
}

/// Matrix products with packed weights.
package protocol LinearOps {
    /// Packs the rows of one or more weight matrices for the product, concatenating their outputs in order (query, key
    /// and value; gate and up). Throws if a dtype or shape has no kernel. `inputFormat`: the format to which inputs are
    /// rounded.
    func makeLinear(_ parts: [LinearPart], inputFormat: InputFormat) throws(BackendError) -> any LinearWeights

    /// Computes `output[t, n] = sum over k of round(input[t, k]) * weight[n, k] + bias[n]`, in one order of k for any
    /// number of rows, then the epilogue. Commit, norm and activation are bit-equal to separate operations.
    func linear(_ input: RowInput, _ weights: any LinearWeights, _ epilogue: LinearEpilogue, output: Tensor)
}

extension LinearOps {
    package func linear(_ input: RowInput, _ weights: any LinearWeights, output: Tensor) {
        linear(input, weights, .none, output: output)
    }
}

/// Weights as float32 rows.
final class ReferenceLinearWeights: LinearWeights {
    let rows: [[Float]]
    /// Stored format of each row.
    let formats: [WeightFormat]
    let biases: [Float]
    let inputCount: Int
    let byteCount: Int
    let inputFormat: InputFormat

    var outputCount: Int { rows.count }

    init(
        rows: [[Float]], formats: [WeightFormat], biases: [Float], inputCount: Int, byteCount: Int,
        inputFormat: InputFormat
    ) {
        self.rows = rows
        self.formats = formats
        self.biases = biases
        self.inputCount = inputCount
        self.byteCount = byteCount
        self.inputFormat = inputFormat
    }
}

extension ReferenceBackend {
    package func makeLinear(_ parts: [LinearPart], inputFormat: InputFormat) throws(BackendError) -> any LinearWeights {
        guard let inputCount = parts.first?.inputCount else { throw BackendError("a linear layer without matrices") }
        var rows: [[Float]] = []
        var formats: [WeightFormat] = []
        var biases: [Float] = []
        for part in parts {
            guard part.inputCount == inputCount else {
                throw BackendError("a weight of shape \(part.weight.shape) in a layer of \(inputCount) inputs")
            }
            rows += part.floatRows
            formats += Array(repeating: part.weight.format, count: part.outputCount)
            biases +=
                part.bias.map { part.rowMap.applied(to: $0).floatArray }
                ?? [Float](repeating: 0, count: part.outputCount)
        }
        return ReferenceLinearWeights(
            rows: rows, formats: formats, biases: biases, inputCount: inputCount,
            byteCount: parts.reduce(0) { $0 + $1.weight.byteCount }, inputFormat: inputFormat)
    }

    package func linear(_ input: RowInput, _ weights: any LinearWeights, _ epilogue: LinearEpilogue, output: Tensor) {
        guard let weights = weights as? ReferenceLinearWeights else { fatalError("weights of another backend") }
        let rows = Tensor(zeros: input.shape)
        normalize(input, output: rows)
        for index in 0..<rows.shape[0] {
            var results = product(rows.row(index), weights)
            if let addend = epilogue.addend {
                let source = addend.rowOfOutput.map { Int($0[index]) } ?? index
                if source >= 0 { results = zip(results, addend.rows.row(source)).map { $0 + $1 } }
            }
            output.setRow(index, epilogue.activated(results))
        }
    }

    private func product(_ row: [Float], _ weights: ReferenceLinearWeights) -> [Float] {
        var inputs: [WeightFormat: [Double]] = [:]
        for format in Set(weights.formats) {
            inputs[format] = weights.inputFormat.rounded(row, forWeights: format).map(Double.init)
        }
        return weights.rows.indices.map { output in
            let products = zip(inputs[weights.formats[output]]!, weights.rows[output]).lazy.map { $0 * Double($1) }
            return Float(products.reduce(Double(weights.biases[output]), +))
        }
    }
}

extension LinearPart {
    /// The rows of the outputs as float32.
    fileprivate var floatRows: [[Float]] {
        let elements = weight.dequantized()
        return (0..<outputCount).map { output in
            let stored = rowMap.storedRow(output)
            if isTransposed { return (0..<inputCount).map { elements[$0 * storedOutputCount + stored] } }
            return Array(elements[stored * inputCount..<(stored + 1) * inputCount])
        }
    }
}

extension LinearEpilogue {
    fileprivate func activated(_ row: [Float]) -> [Float] {
        func activated(_ value: Float) -> Double { activation?(Double(value)) ?? Double(value) }
        guard isGated else { return row.map { Float(activated($0)) } }
        let half = row.count / 2
        return (0..<half).map { Float(activated(row[$0]) * Double(row[half + $0])) }
    }
}
