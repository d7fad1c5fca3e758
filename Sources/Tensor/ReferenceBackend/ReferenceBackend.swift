/// The reference implementation in plain Swift: one thread, double accumulation, no layout tricks. Kernels are compared
/// with it, so it is written for clarity, not speed. Its operations are in `Ops`, beside their descriptors.
package final class ReferenceBackend: Backend, LogitKernels {
    package init() {}

    package var description: String { "reference" }
    package var arithmetic: String { description }

    package var threadCount: Int { 1 }

    package var nativeActivationTypes: Set<ElementType> { [.float32] }
}

extension Tensor {
    /// Returns a copy of row `index` of a float32 matrix.
    func row(_ index: Int) -> [Float] { rows(index..<index + 1).floatArray }

    func setRow(_ index: Int, _ elements: [Float]) {
        precondition(elements.count == shape[1], "\(elements.count) elements for a row of \(shape)")
        _ = unsafe rows(index..<index + 1).floats.update(fromContentsOf: elements)
    }
}
