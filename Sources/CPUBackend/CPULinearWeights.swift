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
    let nonFinite: NonFiniteWeight?
    private let segments: [Segment]
    /// These are written only in `init`.
    private nonisolated(unsafe) let kernelSegments: UnsafeMutableBufferPointer<nt_linear_segment>
    private nonisolated(unsafe) let kernelOrder: UnsafeMutableBufferPointer<Int32>
    private nonisolated(unsafe) let kernelWeights: UnsafeMutablePointer<nt_linear_weights>

    init(
        inputCount: Int, inputOrder: [Int32]?, segments: [Segment], inputFormat: InputFormat,
        nonFinite: NonFiniteWeight?
    ) {
        self.inputCount = inputCount
        self.segments = segments
        self.inputFormat = inputFormat
        self.nonFinite = nonFinite
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
        unsafe kernelOrder = .allocate(capacity: inputOrder?.count ?? 0)
        _ = unsafe kernelOrder.initialize(from: inputOrder ?? [])
        unsafe kernelWeights = .allocate(capacity: 1)
        unsafe kernelWeights.initialize(
            to: nt_linear_weights(
                segments: UnsafePointer(kernelSegments.baseAddress), segment_count: Int64(segments.count),
                inputs: Int64(inputCount),
                input_order: inputOrder == nil ? nil : UnsafePointer(kernelOrder.baseAddress)))
    }

    deinit {
        unsafe kernelWeights.deallocate()
        unsafe kernelOrder.deallocate()
        unsafe kernelSegments.deallocate()
    }

    /// Whether there are two matrices of equal size.
    var isGated: Bool { segments.count == 2 && segments[0].outputCount == segments[1].outputCount }

    /// The weights as kernels read them, valid as long as this object lives.
    @unsafe var kernelValue: UnsafePointer<nt_linear_weights> { unsafe UnsafePointer(kernelWeights) }
}
