/// A weight matrix as a file stores it.
package enum WeightSource: Sendable {
    /// Plain numbers `[stored outputs, inputs]`; if transposed, `[inputs, stored outputs]`.
    case dense(Tensor, isTransposed: Bool)
    /// Rows of blocks that hold codes and their scales, `[stored outputs, inputs]`.
    case blocks(Tensor)
    /// Integer codes, with scales and zero points apart from them.
    case codes(WeightCodes)

    /// A matrix of plain numbers or of rows of blocks. Throws if `tensor` is not a matrix, or if it is transposed and
    /// holds blocks.
    package init(_ tensor: Tensor, isTransposed: Bool = false) throws(BackendError) {
        guard tensor.shape.rank == 2 else { throw BackendError("a weight of shape \(tensor.shape)") }
        guard !isTransposed || !tensor.format.isQuantized else {
            throw BackendError("transposed \(tensor.format.rawValue) weights, which are not supported")
        }
        self = tensor.format.isQuantized ? .blocks(tensor) : .dense(tensor, isTransposed: isTransposed)
    }

    /// Width of the rows.
    package var inputCount: Int {
        switch self {
        case .dense(let tensor, let isTransposed): tensor.shape[isTransposed ? 0 : 1]
        case .blocks(let tensor): tensor.shape[1]
        case .codes(let codes): codes.inputCount
        }
    }

    /// Number of rows, whether a `RowMap` takes them all or not.
    package var storedOutputCount: Int {
        switch self {
        case .dense(let tensor, let isTransposed): tensor.shape[isTransposed ? 1 : 0]
        case .blocks(let tensor): tensor.shape[0]
        case .codes(let codes): codes.outputCount
        }
    }

    /// Whether rows and columns are exchanged.
    package var isTransposed: Bool {
        if case .dense(_, let isTransposed) = self { isTransposed } else { false }
    }

    /// Whether the weights are codes with scales, which decides how inputs are rounded.
    package var isQuantized: Bool {
        switch self {
        case .dense: false
        case .blocks, .codes: true
        }
    }

    /// Bytes of the stored form.
    package var byteCount: Int {
        switch self {
        case .dense(let tensor, _), .blocks(let tensor): tensor.byteCount
        case .codes(let codes): codes.byteCount
        }
    }

    /// The feature that each input reads; nil if inputs are in order.
    package var inputOrder: [Int32]? {
        if case .codes(let codes) = self { codes.inputOrder } else { nil }
    }

    /// The format's name, for reports.
    package var formatName: String {
        switch self {
        case .dense(let tensor, _), .blocks(let tensor): tensor.format.rawValue
        case .codes(let codes): "int\(codes.bitCount) in groups of \(codes.groupSize)"
        }
    }

    /// Gives back the pages of a mapped file, once the weights are packed.
    package func releasePages() {
        switch self {
        case .dense(let tensor, _), .blocks(let tensor): tensor.storage.releasePages()
        case .codes: break
        }
    }
}

/// Integer weights: `weight = scale * (code - zero)`, with one scale and one zero point per output and group of inputs.
package struct WeightCodes: Sendable {
    /// Number of rows.
    package let outputCount: Int
    /// Width of the rows.
    package let inputCount: Int
    /// Bits per code, 1 to 8.
    package let bitCount: Int
    /// Inputs per group.
    package let groupSize: Int
    /// One byte per code, `[outputs, inputs]`.
    package let codes: [UInt8]
    /// `[outputs, groups]`.
    package let scales: [Float16]
    /// Zero points `[outputs, groups]`; nil if all are `2^(bitCount - 1)`.
    package let zeros: [UInt8]?
    /// Input at each position of the grouped order, for checkpoints quantised with act-order; nil if groups follow the
    /// order of the inputs.
    package let inputOrder: [Int32]?

    /// Throws if the counts do not fit each other, a code or zero point has too many bits, a scale is not finite or the
    /// order is not a permutation of the inputs.
    package init(
        outputCount: Int, inputCount: Int, bitCount: Int, groupSize: Int, codes: [UInt8], scales: [Float16],
        zeros: [UInt8]? = nil, inputOrder: [Int32]? = nil
    ) throws(BackendError) {
        guard (1...8).contains(bitCount), groupSize > 0, inputCount % groupSize == 0 else {
            throw BackendError(
                "\(inputCount) inputs in groups of \(groupSize) codes of \(bitCount) bits; supported: 1 to 8 bits, and "
                    + "a group size that divides the inputs")
        }
        let groupCount = outputCount * (inputCount / groupSize)
        guard codes.count == outputCount * inputCount, scales.count == groupCount,
            zeros.map({ $0.count == groupCount }) ?? true
        else {
            throw BackendError(
                "\(codes.count) codes, \(scales.count) scales and \(zeros?.count ?? groupCount) zero points for "
                    + "[\(outputCount), \(inputCount)] in groups of \(groupSize)")
        }
        let limit = UInt8.max >> (8 - bitCount)
        guard (codes.max() ?? 0) <= limit, (zeros?.max() ?? 0) <= limit else {
            throw BackendError("a code or zero point above \(limit) among codes of \(bitCount) bits")
        }
        guard scales.allSatisfy(\.isFinite) else { throw BackendError("a scale that is not finite") }
        guard inputOrder.map({ $0.sorted() == Array(0..<Int32(inputCount)) }) ?? true else {
            throw BackendError("an input order that is not a permutation of \(inputCount) inputs")
        }
        self.outputCount = outputCount
        self.inputCount = inputCount
        self.bitCount = bitCount
        self.groupSize = groupSize
        self.codes = codes
        self.scales = scales
        self.zeros = zeros
        self.inputOrder = inputOrder
    }

    /// The zero point of groups that do not have their own.
    package var commonZero: UInt8 { 1 << (bitCount - 1) }

    package var byteCount: Int { codes.count + 2 * scales.count + (zeros?.count ?? 0) }

    /// Returns one output's weights as float32, in the order of the groups.
    package func dequantizedRow(_ output: Int) -> [Float] {
        let groupCount = inputCount / groupSize
        return (0..<inputCount).map { place in
            let group = output * groupCount + place / groupSize
            let code = codes[output * inputCount + (inputOrder.map { Int($0[place]) } ?? place)]
            return Float(scales[group]) * Float(Int(code) - Int(zeros?[group] ?? commonZero))
        }
    }
}
