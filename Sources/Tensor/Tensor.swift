/// A view of contiguous elements in a storage, copyable without allocation. The last axis varies fastest.
package struct Tensor: Sendable {
    package let storage: Storage
    package let byteOffset: Int
    package let shape: Shape
    package let format: WeightFormat

    /// Traps if the view does not fit into the storage, or if the last extent is not a multiple of the format's block
    /// size.
    package init(storage: Storage, byteOffset: Int = 0, shape: Shape, format: WeightFormat) {
        let byteCount = Self.byteCount(shape: shape, format: format)
        precondition(
            byteOffset >= 0 && byteOffset + byteCount <= storage.byteCount,
            "a view of \(byteCount) bytes at \(byteOffset) in a storage of \(storage.byteCount)")
        self.storage = storage
        self.byteOffset = byteOffset
        self.shape = shape
        self.format = format
    }

    /// Makes a new zeroed tensor.
    package init(zeros shape: Shape, format: WeightFormat = .float32) {
        let storage = Storage(byteCount: Self.byteCount(shape: shape, format: format))
        self.init(storage: storage, shape: shape, format: format)
    }

    /// Makes a new float32 tensor from elements in row-major order.
    package init(_ elements: [Float], shape: Shape) {
        precondition(elements.count == shape.elementCount, "\(elements.count) elements for shape \(shape)")
        self.init(zeros: shape, format: .float32)
        _ = unsafe floats.update(fromContentsOf: elements)
    }

    package static func byteCount(shape: Shape, format: WeightFormat) -> Int {
        let count = shape.elementCount
        precondition(
            count == 0 || shape.rank == 0 || shape[shape.rank - 1] % format.blockSize == 0,
            "rows of \(shape) are not a multiple of \(format)'s block size \(format.blockSize)")
        return count / format.blockSize * format.blockByteCount
    }

    package var byteCount: Int { Self.byteCount(shape: shape, format: format) }

    package var address: UnsafeMutableRawPointer { unsafe storage.address + byteOffset }

    /// The elements of a float32 tensor, to read and write in place.
    package var floats: UnsafeMutableBufferPointer<Float> {
        precondition(format == .float32, "a float32 view of a \(format) tensor")
        let start = unsafe address.assumingMemoryBound(to: Float.self)
        return unsafe UnsafeMutableBufferPointer(start: start, count: shape.elementCount)
    }

    /// A copy of the elements of a float32 tensor.
    package var floatArray: [Float] { unsafe Array(floats) }

    /// A copy of the bytes.
    package var bytes: [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: address, count: byteCount)) }

    /// Returns a view of the rows in `range` of the first axis.
    package func rows(_ range: Range<Int>) -> Tensor {
        precondition(range.upperBound <= shape[0], "rows \(range) of \(shape)")
        let rowByteCount = Self.byteCount(shape: shape.replacingFirst(by: 1), format: format)
        return Tensor(
            storage: storage, byteOffset: byteOffset + range.lowerBound * rowByteCount,
            shape: shape.replacingFirst(by: range.count), format: format)
    }

    /// Returns the first `count` rows, so that batches of varying size can use a buffer made for the largest.
    package func prefix(_ count: Int) -> Tensor { rows(0..<count) }
}

extension Tensor {
    /// Returns the same elements in another shape with the same element count.
    package func reshaped(_ shape: Shape) -> Tensor {
        precondition(shape.elementCount == self.shape.elementCount, "\(self.shape) as \(shape)")
        return Tensor(storage: storage, byteOffset: byteOffset, shape: shape, format: format)
    }

    /// Returns the columns in `range` of a matrix, copied unless they are all. The bounds must be multiples of the
    /// block size.
    package func copyingColumns(_ range: Range<Int>) -> Tensor {
        if range == 0..<shape[1] { return self }
        let rowByteCount = Self.byteCount(shape: Shape(1, shape[1]), format: format)
        let copy = Tensor(zeros: Shape(shape[0], range.count), format: format)
        let copiedByteCount = Self.byteCount(shape: Shape(1, range.count), format: format)
        let start = range.lowerBound / format.blockSize * format.blockByteCount
        for row in 0..<shape[0] {
            let source = unsafe address + row * rowByteCount + start
            unsafe (copy.address + row * copiedByteCount).copyMemory(from: source, byteCount: copiedByteCount)
        }
        return copy
    }
}
