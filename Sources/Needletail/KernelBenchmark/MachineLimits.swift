import CPUBackend
import Tensor

/// The machine's peak arithmetic rates and read bandwidth, measured with the simplest possible loops.
package struct MachineLimits: Sendable {
    /// Operations per second by the type of the inputs.
    private var peaks: [InputFormat: Double] = [:]
    /// Read bandwidth in bytes per second.
    package private(set) var bandwidth = 0.0

    private static let readByteCount = 512 << 20

    init(_ backend: CPUBackend) {
        for dtype in [InputFormat.float32, .bfloat16, .int8] { peaks[dtype] = backend.measurePeak(dtype) }
        let memory = Storage(byteCount: Self.readByteCount)
        // Writes the memory first: pages that were never written all map to one page of zeros.
        backend.fillBlocks([0], pool: memory, blockByteCount: Self.readByteCount, byte: 1)
        bandwidth = backend.measureReadBandwidth(memory)
    }

    /// The shortest possible time of an operation in seconds: its arithmetic at the peak rate or its bytes at the
    /// bandwidth, whichever takes longer.
    func seconds(operationCount: Double, byteCount: Double, inputs: InputFormat) -> Double {
        max(operationCount / (peaks[inputs] ?? peaks[.float32] ?? 1), byteCount / bandwidth)
    }

    /// The peak rates in operations per second, with the names of what is multiplied.
    package var rates: [(name: String, rate: Double)] {
        let names: [(InputFormat, String)] = [(.float32, "float32"), (.bfloat16, "bfloat16 pairs"), (.int8, "bytes")]
        return names.compactMap { dtype, name in peaks[dtype].map { (name, $0) } }
    }

    package var description: String {
        let texts = rates.map { "\(Int($0.rate / 1e9)) GOP/s in \($0.name)" }
        return (texts + ["\(Int(bandwidth / 1e9)) GB/s read"]).joined(separator: ", ")
    }
}
