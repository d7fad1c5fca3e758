import Support

/// An elementwise activation function.
package enum Activation: String, CaseIterable, OpDescriptor {
    /// `x * sigmoid(x)`.
    case silu
    /// `x * Phi(x)` with the normal distribution function (Hendrycks and Gimpel 2016).
    case gelu
    /// The tanh approximation of `gelu`.
    case geluTanh
    /// `x * sigmoid(1.702 x)`.
    case quickGELU
    /// `max(x, 0)`.
    case relu
    /// `max(x, 0)^2`.
    case reluSquared

    /// The activation that a Hugging Face configuration names; nil for an unknown name.
    package init?(huggingFaceName name: String) {
        switch name {
        case "silu", "swish": self = .silu
        case "gelu": self = .gelu
        case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
        case "quick_gelu": self = .quickGELU
        case "relu": self = .relu
        case "relu2": self = .reluSquared
        default: return nil
        }
    }

    /// The names that `init(huggingFaceName:)` knows, for error messages.
    package static let huggingFaceNames = [
        "silu", "gelu", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "relu", "relu2",
    ]

    /// The reference value.
    func callAsFunction(_ x: Double) -> Double {
        switch self {
        case .silu: return x / (1 + Math.exp(-x))
        case .gelu: return 0.5 * x * Math.erfc(-x * 0.5.squareRoot())
        case .geluTanh:
            let argument = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
            return 0.5 * x * (1 + Math.tanh(argument))
        case .quickGELU: return x / (1 + Math.exp(-1.702 * x))
        case .relu: return max(x, 0)
        case .reluSquared: return max(x, 0) * max(x, 0)
        }
    }
}
