internal import CKernels
internal import Tensor

extension WeightFormat {
    /// The kernels' code for this format.
    var kernelCode: nt_dtype {
        switch self {
        case .float32: NT_F32
        case .float16: NT_F16
        case .bfloat16: NT_BF16
        case .q4_0: NT_Q4_0
        case .q4_1: NT_Q4_1
        case .q5_0: NT_Q5_0
        case .q5_1: NT_Q5_1
        case .q8_0: NT_Q8_0
        case .q4_K: NT_Q4_K
        case .q5_K: NT_Q5_K
        case .q6_K: NT_Q6_K
        }
    }
}

extension ElementType {
    var kernelCode: nt_dtype {
        switch self {
        case .float32: NT_F32
        case .float16: NT_F16
        case .bfloat16: NT_BF16
        }
    }
}

extension InputFormat {
    var kernelCode: nt_dtype {
        switch self {
        case .float32: NT_F32
        case .float16: NT_F16
        case .bfloat16: NT_BF16
        case .int8: NT_Q8_0
        }
    }
}

extension Tensor {
    /// Address of the first element of a float32 tensor.
    @unsafe var floatAddress: UnsafeMutablePointer<Float> {
        precondition(format == .float32, "a float32 view of a \(format) tensor")
        return unsafe address.assumingMemoryBound(to: Float.self)
    }
}
