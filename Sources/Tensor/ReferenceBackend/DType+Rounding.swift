extension DType {
    /// The nearest value of a plain type, ties to even.
    package func rounded(_ value: Float) -> Float {
        switch self {
        case .bfloat16: BFloat16(value).float
        case .float16: Float(Float16(value))
        default: value
        }
    }
}
