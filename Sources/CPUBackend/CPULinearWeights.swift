internal import CKernels
internal import Tensor

/// The packed matrices of one linear layer, described in the form that the kernels read.
@safe
final class CPULinearWeights: LinearWeights {
    struct Segment {
        let packed: Storage
        let bias: Tensor?
        let outputCount: Int
        let packing: nt_packing
    }

    let inputCount: Int
    let outputCount: Int
    let byteCount: Int
    let inputFormat: InputFormat
    private let inputOrder: [Int32]?
    private let segments: [Segment]
    /// Written only in `init`.
    private nonisolated(unsafe) let kernelSegments: UnsafeMutableBufferPointer<nt_linear_segment>

    init(inputCount: Int, inputOrder: [Int32]?, segments: [Segment], inputFormat: InputFormat) {
        self.inputCount = inputCount
        self.inputOrder = inputOrder
        self.segments = segments
        self.inputFormat = inputFormat
        outputCount = segments.reduce(0) { $0 + $1.outputCount }
        byteCount = segments.reduce(0) { $0 + $1.packed.byteCount }
        unsafe kernelSegments = .allocate(capacity: segments.count)
        var offset = 0
        for (index, segment) in segments.enumerated() {
            unsafe kernelSegments.initializeElement(
                at: index,
                to: nt_linear_segment(
                    packed: UnsafeRawPointer(segment.packed.address),
                    bias: segment.bias.map { unsafe UnsafePointer($0.floatAddress) },
                    outputs: Int64(segment.outputCount), output_offset: Int64(offset), packing: segment.packing)
            )
            offset += segment.outputCount
        }
    }

    deinit { unsafe kernelSegments.deallocate() }

    /// Whether there are two matrices of equal size.
    var isGated: Bool { segments.count == 2 && segments[0].outputCount == segments[1].outputCount }

    func withKernelWeights(_ body: (UnsafePointer<nt_linear_weights>) -> Void) {
        func call(_ inputOrder: UnsafePointer<Int32>?) {
            var weights = unsafe nt_linear_weights(
                segments: UnsafePointer(kernelSegments.baseAddress), segment_count: Int64(segments.count),
                inputs: Int64(inputCount), input_order: inputOrder)
            unsafe body(&weights)
        }
        guard let inputOrder else { return call(nil) }
        unsafe inputOrder.withUnsafeBufferPointer { unsafe call($0.baseAddress) }
    }
}
