extension DType {
    /// The nearest value of a plain type, ties to even.
    package func rounded(_ value: Float) -> Float {
        switch self {
        case .bfloat16: BFloat16(value).float
        case .float16: Float(Float16(value))
        default: value
        }
    }

    /// A row of inputs as a linear layer rounds it; see `Backend.makeLinear`.
    package func rounded(_ row: [Float], forWeightsOf weights: DType) -> [Float] {
        guard self == .q8_0 else { return row.map(rounded) }
        guard weights.isQuantized else { return row.map(DType.bfloat16.rounded) }
        return stride(from: 0, to: row.count, by: 32).flatMap { start in
            let group = row[start..<start + 32]
            let largest = group.map(abs).max() ?? 0
            guard largest >= 0x1p-100 else { return group.map { _ in Float(0) } }
            let (inverse, scale) = (127 / largest, largest * (1 / 127))
            return group.map { ($0 * inverse).rounded(.toNearestOrEven) * scale }
        }
    }
}
