/// Memory of the device.
package protocol MemoryOps {
    /// Zeroed memory for activations, cache blocks and states; pages are committed when they are first written.
    func makeStorage(byteCount: Int) -> Storage

    /// Bytes that one layer of this shape keeps for a block of `blockSize` tokens.
    func pageByteCount(_ shape: KVCacheShape, blockSize: Int) -> Int

    /// Copies whole blocks (`source`, `destination`) inside a pool of blocks of `blockByteCount` bytes.
    func copyBlocks(_ copies: [(source: Int32, destination: Int32)], pool: Storage, blockByteCount: Int)

    /// Fills blocks with zeros, or in checked runs with NaNs, so that a read of a freed slot shows.
    func fillBlocks(_ blocks: [Int32], pool: Storage, blockByteCount: Int, byte: UInt8)

    /// Returns when all enqueued work is done.
    func synchronize()
}

extension MemoryOps {
    package func makeStorage(byteCount: Int) -> Storage { Storage(byteCount: byteCount) }

    package func pageByteCount(_ shape: KVCacheShape, blockSize: Int) -> Int {
        blockSize * shape.headCount * (shape.keyDim + shape.valueDim) * shape.dtype.byteCount
    }

    /// Zeroed float32 memory of the device.
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
