internal import CKernels
internal import Tensor

/// A step's batch in its own memory, in the layout that kernels read. The memory grows and is reused from step to step.
@safe
final class CPUBatch: PreparedBatch, @unchecked Sendable {
    private(set) var tokenCount = 0
    private(set) var maxPosition = -1
    /// The longest context in tokens; `blockTableStride` is the number of entries per block table.
    private(set) var maxContextLength = 0
    private(set) var blockTableStride = 0
    private var memory = Storage(byteCount: 4096)
    private var kernelBatch = unsafe nt_batch()

    func fill(from batch: AttentionBatch) {
        batch.checkShape()
        tokenCount = batch.tokenCount
        maxPosition = Int(batch.positions.max() ?? -1)
        maxContextLength = Int(batch.contextLengths.max() ?? 0)
        blockTableStride = batch.blockTableStride
        let elementCount =
            2 * batch.tokenCount + batch.queryStarts.count + batch.blockTables.count + batch.rotaryVariants.count
        let byteCount = elementCount * MemoryLayout<Int32>.size
        if byteCount > memory.byteCount { memory = Storage(byteCount: max(byteCount, 2 * memory.byteCount)) }
        var next = unsafe memory.address.assumingMemoryBound(to: Int32.self)
        func place(_ elements: [Int32]) -> UnsafePointer<Int32> {
            defer { unsafe next += elements.count }
            unsafe elements.withUnsafeBufferPointer { source in
                if let start = source.baseAddress { unsafe next.update(from: start, count: source.count) }
            }
            return unsafe UnsafePointer(next)
        }
        unsafe kernelBatch = nt_batch(
            positions: place(batch.positions), sequence_of_token: place(batch.sequenceOfToken),
            query_starts: place(batch.queryStarts), block_tables: place(batch.blockTables),
            rotary_variants: batch.rotaryVariants.isEmpty ? nil : place(batch.rotaryVariants),
            tokens: Int64(batch.tokenCount), sequences: Int64(batch.sequenceCount),
            block_table_stride: Int64(batch.blockTableStride))
    }

    func withKernelBatch(_ body: (UnsafePointer<nt_batch>) -> Void) {
        unsafe withUnsafePointer(to: kernelBatch) { unsafe body($0) }
    }
}
