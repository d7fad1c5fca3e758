import Support
import Tensor
import TestSupport

/// Seeded test data: equal arguments give equal tensors.
enum Samples {
    static func floats(_ count: Int, seed: UInt64, scale: Float = 1) -> [Float] {
        var generator = SplitMix(seed: seed)
        return (0..<count).map { _ in Float.random(in: -scale..<scale, using: &generator) }
    }

    static func matrix(_ rows: Int, _ columns: Int, seed: UInt64, scale: Float = 1) -> Tensor {
        Tensor(floats(rows * columns, seed: seed, scale: scale), shape: Shape(rows, columns))
    }

    /// Random weights of any format: plain ones in -1..<1, blocks with random codes and scales of realistic size.
    static func weights(_ rows: Int, _ columns: Int, format: WeightFormat, seed: UInt64) -> Tensor {
        let bytes: [UInt8]
        if format.isQuantized {
            bytes = blocks(rows * columns / format.blockSize, format: format, seed: seed)
        } else {
            bytes = floats(rows * columns, seed: seed).flatMap { plainBytes($0, format: format) }
        }
        return tensor(bytes, shape: Shape(rows, columns), format: format)
    }

    /// A tensor at an odd address, as in a mapped file.
    static func tensor(_ bytes: [UInt8], shape: Shape, format: WeightFormat) -> Tensor {
        let offset = format == .float32 ? 4 : 1
        let storage = Storage(byteCount: bytes.count + offset)
        unsafe storage.address.advanced(by: offset).copyMemory(from: bytes, byteCount: bytes.count)
        return Tensor(storage: storage, byteOffset: offset, shape: shape, format: format)
    }

    private static func plainBytes(_ value: Float, format: WeightFormat) -> [UInt8] {
        switch format {
        case .float16: littleEndian(Float16(value).bitPattern)
        case .bfloat16: littleEndian(BFloat16(value).bitPattern)
        default:
            littleEndian(UInt16(truncatingIfNeeded: value.bitPattern)) + littleEndian(UInt16(value.bitPattern >> 16))
        }
    }

    private static func littleEndian(_ value: UInt16) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }

    private static func blocks(_ count: Int, format: WeightFormat, seed: UInt64) -> [UInt8] {
        var generator = SplitMix(seed: seed)
        var bytes = (0..<count * format.blockByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for block in 0..<count {
            for offset in scaleOffsets(format) {
                let scale = Float16(Float.random(in: -0.05..<0.05, using: &generator))
                let start = block * format.blockByteCount + offset
                bytes.replaceSubrange(start..<start + 2, with: littleEndian(scale.bitPattern))
            }
        }
        return bytes
    }

    static func scaleOffsets(_ format: WeightFormat) -> [Int] {
        switch format {
        case .q4_0, .q5_0, .q8_0: [0]
        case .q6_K: [208]
        default: [0, 2]
        }
    }
}

/// Returns the largest difference between two results over the largest expected magnitude. NaN in only one of them
/// counts as infinite.
func normalizedMaxError(_ actual: [Float], _ expected: [Float]) -> Float {
    guard actual.count == expected.count else { return .infinity }
    let magnitude = expected.reduce(Float.leastNormalMagnitude) { $1.isFinite ? max($0, abs($1)) : $0 }
    return zip(actual, expected).reduce(0) { worst, pair in
        if pair.0.isNaN || pair.1.isNaN { return pair.0.isNaN && pair.1.isNaN ? worst : .infinity }
        return pair.0 == pair.1 ? worst : max(worst, abs(pair.0 - pair.1) / magnitude)
    }
}

/// Returns the first position at which two results differ in any bit (NaNs are equal), or nil.
func firstDifference(_ actual: [Float], _ expected: [Float]) -> String? {
    guard actual.count == expected.count else { return "\(actual.count) elements, not \(expected.count)" }
    for index in actual.indices where actual[index].bitPattern != expected[index].bitPattern {
        if actual[index].isNaN && expected[index].isNaN { continue }
        return "element \(index): \(actual[index]), not \(expected[index])"
    }
    return nil
}
