import Support

/// An elementwise activation function.
package enum Activation: String, CaseIterable, OpDescriptor {
    /// `x * sigmoid(x)`.
    case silu
    /// `x * Phi(x)` with the normal distribution function (Hendrycks and Gimpel 2016).
    case gelu
    /// The tanh approximation of `gelu`.
    case geluTanh

    /// The activation that a Hugging Face configuration names; nil for an unknown name.
    package init?(huggingFaceName name: String) {
        switch name {
        case "silu", "swish": self = .silu
        case "gelu": self = .gelu
        case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
        default: return nil
        }
    }

    /// The names that `init(huggingFaceName:)` knows, for error messages.
    package static let huggingFaceNames = ["silu", "gelu", "gelu_new", "gelu_pytorch_tanh"]

    /// The reference value.
    func callAsFunction(_ x: Double) -> Double {
        switch self {
        case .silu: return x / (1 + Math.exp(-x))
        case .gelu: return 0.5 * x * Math.erfc(-x * 0.5.squareRoot())
        case .geluTanh:
            let argument = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
            return 0.5 * x * (1 + Math.tanh(argument))
        }
    }
}
