/// The extents of a tensor, outermost first. At most four, stored inline, so that views need no allocation.
package struct Shape: Hashable, Sendable, CustomStringConvertible {
    private var extents: SIMD4<Int>
    package let rank: Int

    /// Traps on more than four extents or on a negative one.
    package init(_ extents: some Collection<Int>) {
        precondition(extents.count <= 4, "a shape of rank \(extents.count); at most 4")
        precondition(extents.allSatisfy { $0 >= 0 }, "a negative extent in \(Array(extents))")
        var values = SIMD4<Int>(repeating: 1)
        for (index, extent) in extents.enumerated() { values[index] = extent }
        self.extents = values
        rank = extents.count
    }

    package init(_ rows: Int, _ columns: Int) {
        precondition(rows >= 0 && columns >= 0, "a negative extent in [\(rows), \(columns)]")
        extents = SIMD4(rows, columns, 1, 1)
        rank = 2
    }

    package init(_ count: Int) {
        precondition(count >= 0, "a negative extent \(count)")
        extents = SIMD4(count, 1, 1, 1)
        rank = 1
    }

    package subscript(axis: Int) -> Int {
        precondition(axis < rank, "axis \(axis) of a tensor of rank \(rank)")
        return extents[axis]
    }

    /// Returns the shape with another first extent.
    func replacingFirst(by extent: Int) -> Shape {
        precondition(extent >= 0, "a negative extent \(extent)")
        var shape = self
        shape.extents[0] = extent
        return shape
    }

    package var elementCount: Int { extents[0] * extents[1] * extents[2] * extents[3] }

    package var array: [Int] { (0..<rank).map { extents[$0] } }

    package var description: String { "\(array)" }
}
