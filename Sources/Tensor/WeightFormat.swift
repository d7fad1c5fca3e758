/// The storage format of a tensor. The block formats are GGUF's: a block holds several elements and their scales.
package enum WeightFormat: String, Sendable, CaseIterable {
    case float32, float16, bfloat16
    case q4_0, q4_1, q5_0, q5_1, q8_0
    case q4_K, q5_K, q6_K

    /// Elements per block; 1 for plain formats.
    package var blockSize: Int {
        switch self {
        case .float32, .float16, .bfloat16: 1
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
        case .q4_K, .q5_K, .q6_K: 256
        }
    }

    /// Bytes per block, or per element for plain formats.
    package var blockByteCount: Int {
        switch self {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .q4_0: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q8_0: 34
        case .q4_K: 144
        case .q5_K: 176
        case .q6_K: 210
        }
    }

    package var isQuantized: Bool { blockSize > 1 }
}
