import CPUBackend
import Tensor

/// What the machine reaches in loops as simple as they can be, measured now.
package struct MachineLimits: Sendable {
    /// Operations a second by the type of the inputs.
    private var peaks: [DType: Double] = [:]
    /// Bytes a second.
    package private(set) var bandwidth = 0.0

    private static let readByteCount = 512 << 20

    init(_ backend: CPUBackend) {
        for dtype in [DType.float32, .bfloat16, .q8_0] { peaks[dtype] = backend.measurePeak(dtype) }
        let memory = Storage(byteCount: Self.readByteCount)
        // Pages that were never written are all the same one.
        backend.fillBlocks([0], pool: memory, blockByteCount: Self.readByteCount, byte: 1)
        bandwidth = backend.measureReadBandwidth(memory)
    }

    /// Seconds that an operation takes at least: its products at the peak or its bytes at the bandwidth.
    func seconds(operationCount: Double, byteCount: Double, inputs: DType) -> Double {
        max(operationCount / (peaks[inputs] ?? peaks[.float32] ?? 1), byteCount / bandwidth)
    }

    /// The peaks with the names of what is multiplied.
    package var rates: [(name: String, rate: Double)] {
        let names: [(DType, String)] = [(.float32, "float32"), (.bfloat16, "bfloat16 pairs"), (.q8_0, "bytes")]
        return names.compactMap { dtype, name in peaks[dtype].map { (name, $0) } }
    }

    package var description: String {
        let texts = rates.map { "\(Int($0.rate / 1e9)) GOP/s in \($0.name)" }
        return (texts + ["\(Int(bandwidth / 1e9)) GB/s read"]).joined(separator: ", ")
    }
}
