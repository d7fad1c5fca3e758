/// How single numbers are held: those of caches, and of weights that are not quantised.
package enum ElementType: String, CaseIterable, Sendable {
    case float32, float16, bfloat16

    package var byteCount: Int { self == .float32 ? 4 : 2 }
}

/// The form to which a linear layer rounds its inputs.
package enum InputFormat: String, CaseIterable, Sendable {
    case float32, float16, bfloat16
    /// Signed bytes, 32 of a row sharing a float32 scale: their largest magnitude / 127. Weights that are not quantised
    /// meet bfloat16 instead.
    case int8

    package init(_ type: ElementType) {
        self =
            switch type {
            case .float32: .float32
            case .float16: .float16
            case .bfloat16: .bfloat16
            }
    }
}
