/// The storage type of single numbers, in caches and in weights that are not quantised.
package enum ElementType: String, CaseIterable, Sendable {
    case float32, float16, bfloat16

    package var byteCount: Int { self == .float32 ? 4 : 2 }
}

/// The format to which a linear layer rounds its inputs.
package enum InputFormat: String, CaseIterable, Sendable {
    case float32, float16, bfloat16
    /// Signed bytes; each group of 32 inputs of a row shares a float32 scale, its largest magnitude / 127. For weights
    /// that are not quantised, inputs are rounded to bfloat16 instead.
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
