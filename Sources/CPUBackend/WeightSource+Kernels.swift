internal import CKernels
internal import Tensor

extension WeightSource {
    /// The layout in which the kernels read these weights. Throws if they have none.
    var packing: nt_packing {
        get throws(BackendError) {
            switch self {
            case .dense(let tensor, _), .blocks(let tensor): return nt_packing_of(tensor.format.kernelCode)
            case .codes(let codes):
                guard codes.groupSize % 32 == 0 else {
                    throw BackendError("no kernel for groups of \(codes.groupSize) codes, only for multiples of 32")
                }
                return codes.packing
            }
        }
    }

    /// Passes the stored matrix to a kernel call, with all rows in order.
    func withKernelMatrix(_ body: (UnsafeMutablePointer<nt_stored_matrix>) -> Void) {
        var matrix = unsafe nt_stored_matrix()
        switch self {
        case .dense(let tensor, let isTransposed):
            unsafe matrix.dtype = tensor.format.kernelCode
            unsafe matrix.elements = UnsafeRawPointer(tensor.address)
            unsafe matrix.transposed_rows = isTransposed ? Int64(storedOutputCount) : 0
            unsafe body(&matrix)
        case .blocks(let tensor):
            unsafe matrix.dtype = tensor.format.kernelCode
            unsafe matrix.elements = UnsafeRawPointer(tensor.address)
            unsafe body(&matrix)
        case .codes(let codes):
            unsafe codes.withKernelCodes { kernelCodes in
                unsafe matrix.codes = kernelCodes
                unsafe body(&matrix)
            }
        }
    }
}

extension WeightCodes {
    /// Codes of up to four bits are packed as nibbles, others as bytes.
    fileprivate var packing: nt_packing {
        let hasUsualZeros = zeros == nil && (bitCount == 4 || bitCount == 8)
        if bitCount <= 4 { return hasUsualZeros ? NT_PACKED_4 : NT_PACKED_4_ZERO }
        return hasUsualZeros ? NT_PACKED_8 : NT_PACKED_8_ZERO
    }

    fileprivate func withKernelCodes(_ body: (UnsafePointer<nt_stored_codes>) -> Void) {
        unsafe codes.withUnsafeBufferPointer { codes in
            unsafe scales.withUnsafeBytes { scales in
                unsafe withAddress(zeros) { zeros in
                    unsafe withAddress(inputOrder) { inputOrder in
                        var kernelCodes = unsafe nt_stored_codes(
                            codes: codes.baseAddress, scales: scales.bindMemory(to: UInt16.self).baseAddress,
                            zeros: zeros, zero: commonZero, group: Int32(groupSize), input_order: inputOrder)
                        unsafe body(&kernelCodes)
                    }
                }
            }
        }
    }
}

/// Passes the address of an array's first element, or nil for none.
func withAddress<Element>(_ array: [Element]?, _ body: (UnsafePointer<Element>?) -> Void) {
    guard let array else { return body(nil) }
    unsafe array.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}
