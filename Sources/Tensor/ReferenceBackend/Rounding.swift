extension ElementType {
    /// Rounds to the nearest value of the type, ties to even.
    package func rounded(_ value: Float) -> Float {
        switch self {
        case .float32: value
        case .float16: Float(Float16(value))
        case .bfloat16: BFloat16(value).float
        }
    }
}

extension InputFormat {
    /// Rounds a row of inputs as a linear layer does. `isQuantized`: whether its weights are.
    package func rounded(_ row: [Float], isQuantized: Bool) -> [Float] {
        switch self {
        case .float32: return row
        case .float16: return row.map(ElementType.float16.rounded)
        case .bfloat16: return row.map(ElementType.bfloat16.rounded)
        case .int8: return isQuantized ? Self.roundedToBytes(row) : row.map(ElementType.bfloat16.rounded)
        }
    }

    private static func roundedToBytes(_ row: [Float]) -> [Float] {
        stride(from: 0, to: row.count, by: 32).flatMap { start in
            let group = row[start..<start + 32]
            let largest = group.map(abs).max() ?? 0
            guard largest >= 0x1p-100 else { return group.map { _ in Float(0) } }
            let (inverse, scale) = (127 / largest, largest * (1 / 127))
            return group.map { ($0 * inverse).rounded(.toNearestOrEven) * scale }
        }
    }
}
