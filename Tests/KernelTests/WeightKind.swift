import Support
import Tensor
import TestSupport

/// A kind of weights for the matrix of operations.
enum WeightKind: Hashable, Sendable, CustomStringConvertible {
    case stored(WeightFormat)
    case codes(bitCount: Int, groupSize: Int, hasZeros: Bool = false, isReordered: Bool = false)

    var description: String {
        switch self {
        case .stored(let format): format.rawValue
        case .codes(let bitCount, let groupSize, let hasZeros, let isReordered):
            "int\(bitCount)/\(groupSize)\(hasZeros ? "+zeros" : "")\(isReordered ? ", reordered" : "")"
        }
    }

    /// Random weights, the same for equal arguments.
    func weights(_ outputs: Int, _ inputs: Int, seed: UInt64) -> WeightSource {
        switch self {
        case .stored(let format): return try! WeightSource(Samples.weights(outputs, inputs, format: format, seed: seed))
        case .codes(let bitCount, let groupSize, let hasZeros, let isReordered):
            var generator = SplitMix(seed: seed)
            let (count, limit) = (outputs * inputs, UInt8.max >> (8 - UInt8(bitCount)))
            let codes = (0..<count).map { _ in UInt8.random(in: 0...limit, using: &generator) }
            let scales = (0..<count / groupSize).map { _ in Float16(Float.random(in: -0.05..<0.05, using: &generator)) }
            let zeros = (0..<count / groupSize).map { _ in UInt8.random(in: 0...limit, using: &generator) }
            // All matrices of a layer share the order of their inputs.
            var orderGenerator = SplitMix(seed: 9)
            let order = (0..<Int32(inputs)).shuffled(using: &orderGenerator)
            // The counts fit by construction.
            return try! .codes(
                WeightCodes(
                    outputCount: outputs, inputCount: inputs, bitCount: bitCount, groupSize: groupSize, codes: codes,
                    scales: scales, zeros: hasZeros ? zeros : nil, inputOrder: isReordered ? order : nil))
        }
    }
}
