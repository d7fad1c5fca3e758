internal import CKernels

/// The vector instruction sets for which kernels exist; each includes those before it.
package enum InstructionSet: String, CaseIterable, Comparable, Sendable {
    case scalar, avx2, avx512, avx512vnni, avx512bf16

    /// The widest instruction set that this machine supports.
    package static let best: InstructionSet = allCases[Int(nt_best_isa().rawValue)]

    /// All instruction sets that this machine supports.
    package static var available: [InstructionSet] { allCases.filter { $0 <= best } }

    package static func < (left: InstructionSet, right: InstructionSet) -> Bool {
        left.kernelCode.rawValue < right.kernelCode.rawValue
    }

    var kernelCode: nt_isa {
        switch self {
        case .scalar: NT_ISA_SCALAR
        case .avx2: NT_ISA_AVX2
        case .avx512: NT_ISA_AVX512
        case .avx512vnni: NT_ISA_AVX512VNNI
        case .avx512bf16: NT_ISA_AVX512BF16
        }
    }
}
