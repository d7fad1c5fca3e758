package import Checkpoint
package import Tensor

/// Takes layers out of a checkpoint by their Hugging Face names: checks shapes, takes this rank's slices, and hands
/// matrices to the backend.
package struct WeightLoader: Sendable {
    package let weights: WeightFiles
    package let backend: any Backend
    /// What linear layers round their input to.
    package let activationType: DType
    package let parallel: ParallelContext

    package init(
        weights: WeightFiles, backend: any Backend, activationType: DType, parallel: ParallelContext = .init()
    ) {
        self.weights = weights
        self.backend = backend
        self.activationType = activationType
        self.parallel = parallel
    }

    /// One of the matrices of a linear layer.
    package struct Matrix {
        package var name: String
        package var outputCount: Int
        package var hasBias: Bool
        package var rowOrder: LinearPart.RowOrder

        package init(
            _ name: String, outputCount: Int, hasBias: Bool = false, rowOrder: LinearPart.RowOrder = .asStored
        ) {
            self.name = name
            self.outputCount = outputCount
            self.hasBias = hasBias
            self.rowOrder = rowOrder
        }
    }

    /// A linear layer of one or more matrices that share their input.
    package func linear(
        _ matrices: [Matrix], inputCount: Int, parallelism: LinearParallelism
    ) throws(LoadError) -> Linear {
        var parts: [LinearPart] = []
        for matrix in matrices { parts.append(try part(matrix, inputCount: inputCount, parallelism: parallelism)) }
        do {
            let packed = try backend.makeLinear(parts, activationType: activationType)
            for part in parts { part.weight.storage.releasePages() }
            return Linear(weights: packed, parallelism: parallelism)
        } catch {
            throw weights.failure(
                named: matrices[0].name + ".weight", expected: "a matrix that the backend has a kernel for",
                found: error.description)
        }
    }

    private func part(
        _ matrix: Matrix, inputCount: Int, parallelism: LinearParallelism
    ) throws(LoadError) -> LinearPart {
        let name = matrix.name + ".weight"
        let whole = try weights.tensor(named: name, shape: Shape(matrix.outputCount, inputCount))
        let bias = matrix.hasBias ? try vector(matrix.name + ".bias", count: matrix.outputCount) : nil
        switch parallelism {
        case .replicated:
            return LinearPart(weight: whole, bias: bias, rowOrder: matrix.rowOrder)
        case .column:
            let rows = parallel.range(of: matrix.outputCount)
            return LinearPart(weight: whole.rows(rows), bias: bias?.rows(rows), rowOrder: matrix.rowOrder)
        case .row:
            let columns = parallel.range(of: inputCount)
            guard columns.count == inputCount || columns.lowerBound % whole.dtype.blockSize == 0 else {
                throw weights.failure(
                    named: name, expected: "slices of whole blocks of \(whole.dtype.blockSize)", found: "\(columns)")
            }
            let hasBias = parallel.rank == 0
            return LinearPart(
                weight: whole.copyingColumns(columns), bias: hasBias ? bias : nil, rowOrder: matrix.rowOrder)
        }
    }

    /// A float32 vector, converted where the file has another type.
    package func vector(_ name: String, count: Int) throws(LoadError) -> Tensor {
        let stored = try weights.tensor(named: name, shape: Shape(count))
        guard !stored.dtype.isQuantized else {
            throw weights.failure(named: name, expected: "float32, float16 or bfloat16", found: stored.dtype.rawValue)
        }
        let converted = Tensor(zeros: Shape(1, count))
        backend.embed([0], table: stored.reshaped(Shape(1, count)), output: converted)
        backend.synchronize()
        return converted.reshaped(Shape(count))
    }

    package func rmsNorm(_ name: String, count: Int, epsilon: Double) throws(LoadError) -> RMSNorm {
        RMSNorm(weight: try vector(name + ".weight", count: count), epsilon: Float(epsilon))
    }

    package func embedding(_ name: String, vocabularySize: Int, count: Int) throws(LoadError) -> Embedding {
        Embedding(table: try weights.tensor(named: name + ".weight", shape: Shape(vocabularySize, count)))
    }
}
