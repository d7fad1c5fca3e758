import Support

/// Weights made by `LinearOps.makeLinear`, usable only by the backend that made them.
package protocol LinearWeights: AnyObject, Sendable {
    var inputCount: Int { get }
    /// Number of outputs, over all matrices.
    var outputCount: Int { get }
    /// Bytes read by one pass over the weights.
    var byteCount: Int { get }
    /// The first weight that is infinite or not a number, in the order of stored rows; nil if all are finite.
    var nonFinite: NonFiniteWeight? { get }
}

/// A weight that is infinite or not a number; of quantised weights, the first of a block with such a scale.
package struct NonFiniteWeight: Hashable, Sendable {
    /// Index of the matrix among the parts of its layer.
    package var part: Int
    /// Place in the matrix as the file has it, `[stored outputs, inputs]` or transposed.
    package var place: MatrixPlace

    package init(part: Int, place: MatrixPlace) {
        self.part = part
        self.place = place
    }
}

/// One matrix of a linear layer, as a file stores it.
package struct LinearPart: Sendable {
    package let weight: WeightSource
    /// Bias, float32 `[stored outputs]`.
    package let bias: Tensor?
    /// Selects the outputs from the stored rows, including those of the bias.
    package let rowMap: RowMap
    /// Name of the matrix in the checkpoint, for traces.
    package let name: String

    package init(_ weight: WeightSource, bias: Tensor? = nil, rowMap: RowMap = .asStored, name: String = "") {
        self.weight = weight
        self.bias = bias
        self.rowMap = rowMap
        self.name = name
    }

    package var outputCount: Int { rowMap.count(ofStored: weight.storedOutputCount) }
}

extension [LinearPart] {
    /// Number and order of the inputs, which all parts share. Throws if there are no parts, or if their inputs differ.
    package var commonInputs: (count: Int, order: [Int32]?) {
        get throws(BackendError) {
            guard let first = first?.weight else { throw BackendError("a linear layer without matrices") }
            for part in self where part.weight.inputCount != first.inputCount {
                throw BackendError("a weight of \(part.weight.inputCount) inputs in a layer of \(first.inputCount)")
            }
            guard allSatisfy({ $0.weight.inputOrder == first.inputOrder }) else {
                throw BackendError("weights whose inputs have different orders in one layer")
            }
            return (first.inputCount, first.inputOrder)
        }
    }
}

/// Operations after the product of a linear layer, in this order: addend, scale, soft cap, activation, gate.
package struct LinearEpilogue: OpDescriptor {
    package var addend: LinearAddend?
    /// Multiplies the outputs.
    package var scale: Float = 1
    /// Outputs become `softCap * tanh(output / softCap)`; nil for none.
    package var softCap: Float?
    /// Activation of the outputs; in a gated layer, of their first half only.
    package var activation: Activation?
    /// Whether the outputs are two halves of equal size that combine to `activation(first) * second`.
    package var isGated: Bool
    /// Limits of a gated layer: the first half is at most `gateLimit`, the second half within `-gateLimit...gateLimit`
    /// and raised by 1 (gpt-oss); nil for none.
    package var gateLimit: Float?

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

/// Weights as float32 rows, with columns in the grouped order if `inputOrder` is set.
final class ReferenceLinearWeights: LinearWeights {
    let rows: [[Float]]
    /// Whether each row was quantised, which decides how its inputs are rounded.
    let isQuantized: [Bool]
    let biases: [Float]
    let inputCount: Int
    let inputOrder: [Int32]?
    let byteCount: Int
    let inputFormat: InputFormat
    let nonFinite: NonFiniteWeight?

    var outputCount: Int { rows.count }

    init(
        rows: [[Float]], isQuantized: [Bool], biases: [Float], inputCount: Int, inputOrder: [Int32]?, byteCount: Int,
        inputFormat: InputFormat, nonFinite: NonFiniteWeight?
    ) {
        self.rows = rows
        self.isQuantized = isQuantized
        self.biases = biases
        self.inputCount = inputCount
        self.inputOrder = inputOrder
        self.byteCount = byteCount
        self.inputFormat = inputFormat
        self.nonFinite = nonFinite
    }
}

extension ReferenceBackend {
    package func makeLinear(_ parts: [LinearPart], inputFormat: InputFormat) throws(BackendError) -> any LinearWeights {
        let (inputCount, inputOrder) = try parts.commonInputs
        var rows: [[Float]] = []
        var isQuantized: [Bool] = []
        var biases: [Float] = []
        var nonFinite: NonFiniteWeight?
        for (index, part) in parts.enumerated() {
            let stored = part.weight.floatRows
            if nonFinite == nil {
                nonFinite = part.firstNonFinite(stored).map { NonFiniteWeight(part: index, place: $0) }
            }
            rows += (0..<part.outputCount).map { stored[part.rowMap.storedRow($0)] }
            isQuantized += Array(repeating: part.weight.isQuantized, count: part.outputCount)
            biases +=
                part.bias.map { part.rowMap.applied(to: $0).floatArray }
                ?? [Float](repeating: 0, count: part.outputCount)
        }
        return ReferenceLinearWeights(
            rows: rows, isQuantized: isQuantized, biases: biases, inputCount: inputCount, inputOrder: inputOrder,
            byteCount: parts.reduce(0) { $0 + $1.weight.byteCount }, inputFormat: inputFormat,
            nonFinite: nonFinite)
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
        let row = weights.inputOrder.map { order in order.map { row[Int($0)] } } ?? row
        var inputs: [Bool: [Double]] = [:]
        for isQuantized in Set(weights.isQuantized) {
            inputs[isQuantized] = weights.inputFormat.rounded(row, isQuantized: isQuantized).map(Double.init)
        }
        return weights.rows.indices.map { output in
            let products = zip(inputs[weights.isQuantized[output]]!, weights.rows[output]).lazy.map { $0 * Double($1) }
            return Float(products.reduce(Double(weights.biases[output]), +))
        }
    }
}

extension LinearPart {
    /// The first element that is not finite among the rows that the layer takes.
    fileprivate func firstNonFinite(_ stored: [[Float]]) -> MatrixPlace? {
        for row in (0..<outputCount).map(rowMap.storedRow).sorted() {
            guard let column = stored[row].firstIndex(where: { !$0.isFinite }) else { continue }
            let start = column / weight.blockSize * weight.blockSize
            return weight.isTransposed ? MatrixPlace(row: start, column: row) : MatrixPlace(row: row, column: start)
        }
        return nil
    }
}

extension WeightSource {
    fileprivate var blockSize: Int {
        switch self {
        case .dense(let tensor, _), .blocks(let tensor): tensor.format.blockSize
        case .codes: 1
        }
    }

    /// The stored rows as float32.
    fileprivate var floatRows: [[Float]] {
        switch self {
        case .codes(let codes): return (0..<codes.outputCount).map(codes.dequantizedRow)
        case .dense(let tensor, isTransposed: true):
            let elements = tensor.dequantized()
            return (0..<storedOutputCount).map { row in
                (0..<inputCount).map { elements[$0 * storedOutputCount + row] }
            }
        case .dense(let tensor, _), .blocks(let tensor):
            let elements = tensor.dequantized()
            return (0..<storedOutputCount).map { Array(elements[$0 * inputCount..<($0 + 1) * inputCount]) }
        }
    }
}

extension LinearEpilogue {
    fileprivate func activated(_ row: [Float]) -> [Float] {
        func scaled(_ value: Float) -> Double {
            let scaled = Double(value) * Double(scale)
            return softCap.map { Double($0) * Math.tanh(scaled / Double($0)) } ?? scaled
        }
        func activated(_ value: Float) -> Double {
            let value = scaled(value)
            return activation?(value) ?? value
        }
        guard isGated else { return row.map { Float(activated($0)) } }
        let half = row.count / 2
        return (0..<half).map { index in
            let (gate, up) = (scaled(row[index]), scaled(row[half + index]))
            guard let limit = gateLimit.map(Double.init) else { return Float(activated(row[index]) * up) }
            let clamped = min(gate, limit)
            return Float((activation?(clamped) ?? clamped) * (min(max(up, -limit), limit) + 1))
        }
    }
}
