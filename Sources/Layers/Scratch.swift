package import Tensor

/// Memory for the activations of a forward pass: a stack of float32 tensors, reused from step to step, so that a step
/// allocates nothing once the largest batch has been seen.
package final class Scratch {
    private let backend: any Backend
    private var chunks: [Storage] = []
    private var chunk = 0
    private var offset = 0

    private static let minimumChunkByteCount = 1 << 20

    package init(_ backend: any Backend) { self.backend = backend }

    /// Takes an uninitialised `[rows, columns]` tensor, valid until the scope that took it ends.
    package func take(_ rows: Int, _ columns: Int) -> Tensor {
        let byteCount = (rows * columns * 4 + Storage.alignment - 1) / Storage.alignment * Storage.alignment
        while chunk < chunks.count, offset + byteCount > chunks[chunk].byteCount {
            chunk += 1
            offset = 0
        }
        if chunk == chunks.count {
            let doubled = (chunks.last?.byteCount ?? 0) * 2
            chunks.append(backend.makeStorage(byteCount: max(byteCount, doubled, Self.minimumChunkByteCount)))
            offset = 0
        }
        defer { offset += byteCount }
        return Tensor(storage: chunks[chunk], byteOffset: offset, shape: Shape(rows, columns), format: .float32)
    }

    /// Releases all tensors.
    package func reset() { (chunk, offset) = (0, 0) }

    /// Runs `body` and releases the tensors that it took.
    package func scope<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let mark = (chunk, offset)
        defer { (chunk, offset) = mark }
        return try body()
    }
}
