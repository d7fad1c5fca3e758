package import Tensor

extension CPUBackend {
    package func copyBlocks(_ copies: [(source: Int32, destination: Int32)], pool: Storage, blockByteCount: Int) {
        for (source, destination) in copies where source != destination {
            let from = unsafe block(source, of: pool, blockByteCount: blockByteCount)
            unsafe block(destination, of: pool, blockByteCount: blockByteCount)
                .copyMemory(from: from, byteCount: blockByteCount)
        }
    }

    package func fillBlocks(_ blocks: [Int32], pool: Storage, blockByteCount: Int, byte: UInt8) {
        for index in blocks {
            let start = unsafe block(index, of: pool, blockByteCount: blockByteCount)
            unsafe UnsafeMutableRawBufferPointer(start: start, count: blockByteCount)
                .initializeMemory(as: UInt8.self, repeating: byte)
        }
    }

    private func block(_ index: Int32, of pool: Storage, blockByteCount: Int) -> UnsafeMutableRawPointer {
        precondition(
            index >= 0 && (Int(index) + 1) * blockByteCount <= pool.byteCount,
            "block \(index) of \(blockByteCount) bytes in a pool of \(pool.byteCount)")
        return unsafe pool.address + Int(index) * blockByteCount
    }
}
