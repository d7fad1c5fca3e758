import Support

/// The contract in plain Swift: one thread, double accumulation, no layout tricks. It is what kernels are compared with,
/// written to be read and not to be fast.
package final class ReferenceBackend: Backend {
    package init() {}

    package var description: String { "reference" }
    package var arithmetic: String { description }

    package var threadCount: Int { 1 }

    package var nativeActivationTypes: Set<DType> { [.float32] }

    package func makeKVCacheStorage(byteCount: Int) -> Storage { Storage(byteCount: byteCount) }

    package func synchronize() {}

    package func embed(_ ids: [UInt32], table: Tensor, output: Tensor) {
        for (index, id) in ids.enumerated() {
            output.setRow(index, table.rows(Int(id)..<Int(id) + 1).dequantized())
        }
    }

    package func rmsNorm(_ input: Tensor, weight: Tensor, epsilon: Float, output: Tensor) {
        let weights = weight.floatArray
        for index in 0..<input.shape[0] {
            let row = input.row(index)
            let squares = row.reduce(0.0) { $0 + Double($1) * Double($1) }
            let inverse = 1 / (squares / Double(row.count) + Double(epsilon)).squareRoot()
            output.setRow(index, zip(row, weights).map { Float(Double($0) * inverse * Double($1)) })
        }
    }

    package func addRMSNorm(_ delta: Tensor, residual: Tensor, weight: Tensor, epsilon: Float, output: Tensor) {
        for index in 0..<residual.shape[0] {
            residual.setRow(index, zip(residual.row(index), delta.row(index)).map { $0 + $1 })
        }
        rmsNorm(residual, weight: weight, epsilon: epsilon, output: output)
    }

    package func gatedLinear(_ input: LinearInput, _ weights: any LinearWeights, output: Tensor) {
        let features = output.shape[1]
        let both = Tensor(zeros: Shape(output.shape[0], 2 * features))
        linear(input, weights, output: both)
        for index in 0..<output.shape[0] {
            let row = both.row(index)
            let products = (0..<features).map { feature in
                let gate = Double(row[feature])
                return Float(gate / (1 + Math.exp(-gate)) * Double(row[features + feature]))
            }
            output.setRow(index, products)
        }
    }

    package func gatherRows(_ input: Tensor, rows: [Int32], output: Tensor) {
        for (index, row) in rows.enumerated() { output.setRow(index, input.row(Int(row))) }
    }

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
}

extension Tensor {
    /// A copy of row `index` of a float32 matrix.
    func row(_ index: Int) -> [Float] { rows(index..<index + 1).floatArray }

    func setRow(_ index: Int, _ elements: [Float]) {
        precondition(elements.count == shape[1], "\(elements.count) elements for a row of \(shape)")
        _ = unsafe rows(index..<index + 1).floats.update(fromContentsOf: elements)
    }
}
