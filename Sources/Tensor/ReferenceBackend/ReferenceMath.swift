#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

func exponential(_ x: Double) -> Double { exp(x) }

func logarithm(_ x: Double) -> Double { log(x) }

func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

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
