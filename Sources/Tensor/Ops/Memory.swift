/// Device memory.
package protocol MemoryOps {
    /// Makes zeroed memory for activations, cache blocks and states. Pages are committed when first written.
    func makeStorage(byteCount: Int) -> Storage

    /// Returns the bytes that one layer of this shape keeps per block of `blockSize` tokens.
    func pageByteCount(_ shape: KVCacheShape, blockSize: Int) -> Int

    /// Copies whole blocks (`source`, `destination`) inside a pool of blocks of `blockByteCount` bytes.
    func copyBlocks(_ copies: [(source: Int32, destination: Int32)], pool: Storage, blockByteCount: Int)

    /// Fills blocks with zeros or, in checked runs, with NaNs, so that a read of a freed slot is detected.
    func fillBlocks(_ blocks: [Int32], pool: Storage, blockByteCount: Int, byte: UInt8)

    /// Waits until all enqueued work is done.
    func synchronize()
}

extension MemoryOps {
    package func makeStorage(byteCount: Int) -> Storage { Storage(byteCount: byteCount) }

    package func pageByteCount(_ shape: KVCacheShape, blockSize: Int) -> Int {
        blockSize * shape.elementsPerToken * shape.dtype.byteCount
    }

    /// Makes a zeroed float32 tensor in device memory.
    package func makeTensor(_ shape: Shape) -> Tensor {
        Tensor(
            storage: makeStorage(byteCount: Tensor.byteCount(shape: shape, format: .float32)), shape: shape,
            format: .float32)
    }
}

extension ReferenceBackend {
    package func copyBlocks(_ copies: [(source: Int32, destination: Int32)], pool: Storage, blockByteCount: Int) {
        for (source, destination) in copies where source != destination {
            unsafe (pool.address + Int(destination) * blockByteCount)
                .copyMemory(from: pool.address + Int(source) * blockByteCount, byteCount: blockByteCount)
        }
    }

    package func fillBlocks(_ blocks: [Int32], pool: Storage, blockByteCount: Int, byte: UInt8) {
        for block in blocks {
            for offset in 0..<blockByteCount {
                unsafe (pool.address + Int(block) * blockByteCount + offset)
                    .storeBytes(of: byte, as: UInt8.self)
            }
        }
    }

    package func synchronize() {}
}
