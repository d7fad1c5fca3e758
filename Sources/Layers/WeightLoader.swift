package import Checkpoint
package import Tensor

/// Loads layers from a checkpoint by their Hugging Face names: checks shapes, takes this rank's shards, and passes
/// matrices to the backend.
package struct WeightLoader: Sendable {
    package let weights: WeightFiles
    package let backend: any Backend
    /// The format to which linear layers round their inputs.
    package let inputFormat: InputFormat
    package let parallel: ParallelContext

    package init(
        weights: WeightFiles, backend: any Backend, inputFormat: InputFormat, parallel: ParallelContext = .init()
    ) {
        self.weights = weights
        self.backend = backend
        self.inputFormat = inputFormat
        self.parallel = parallel
    }

    /// One of the matrices of a linear layer, by its name in the checkpoint.
    package struct Matrix: Sendable {
        package var name: String
        package var outputCount: Int
        /// Number of rows in the file, if the map takes only some of them.
        package var storedCount: Int
        package var hasBias: Bool
        package var rowMap: RowMap
        /// Whether the matrix is stored as `[inputs, outputs]`.
        package var isTransposed: Bool
        /// The name in traces, if it differs from the checkpoint's.
        package var traceName: String?

        package init(
            _ name: String, outputCount: Int, storedCount: Int? = nil, hasBias: Bool = false,
            rowMap: RowMap = .asStored, isTransposed: Bool = false
        ) {
            self.name = name
            self.outputCount = outputCount
            self.storedCount = storedCount ?? outputCount
            self.hasBias = hasBias
            self.rowMap = rowMap
            self.isTransposed = isTransposed
        }
    }

    /// A norm, by its name in the checkpoint.
    package struct Norm: Sendable {
        package var name: String
        package var kind: NormSpec.Kind
        package var epsilon: Double
        /// Added to the stored weight, in float32.
        package var offset: Float
        package var hasBias: Bool

        package init(
            _ name: String, _ kind: NormSpec.Kind = .rms, epsilon: Double, offset: Float = 0, hasBias: Bool = false
        ) {
            self.name = name
            self.kind = kind
            self.epsilon = epsilon
            self.offset = offset
            self.hasBias = hasBias
        }
    }

    /// Loads a linear layer of one or more matrices that share their input.
    package func linear(
        _ matrices: [Matrix], inputCount: Int, parallelism: LinearParallelism
    ) throws(LoadError) -> Linear {
        var parts: [LinearPart] = []
        for matrix in matrices { parts.append(try part(matrix, inputCount: inputCount, parallelism: parallelism)) }
        do {
            let packed = try backend.makeLinear(parts, inputFormat: inputFormat)
            for part in parts { part.weight.releasePages() }
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
        let stored = matrix.storedCount
        let shape = matrix.isTransposed ? Shape(inputCount, stored) : Shape(stored, inputCount)
        var weight = try weights.tensor(named: name, shape: shape)
        var bias = matrix.hasBias ? try vector(matrix.name + ".bias", count: stored) : nil
        var rowMap = matrix.rowMap
        let columns = parallel.range(of: inputCount)
        switch parallelism {
        case .row where columns.count < inputCount:
            guard columns.lowerBound % weight.format.blockSize == 0 else {
                throw weights.failure(
                    named: name, expected: "slices of whole blocks of \(weight.format.blockSize)", found: "\(columns)")
            }
            weight = matrix.isTransposed ? weight.rows(columns) : weight.copyingColumns(columns)
            if parallel.rank > 0 { bias = nil }
        case .column where parallel.worldSize > 1:
            rowMap = rowMap.outputs(parallel.range(of: matrix.outputCount))
        case .row, .column, .replicated: break
        }
        do {
            return LinearPart(
                try WeightSource(weight, isTransposed: matrix.isTransposed), bias: bias, rowMap: rowMap,
                name: matrix.traceName ?? matrix.name)
        } catch {
            throw weights.failure(named: name, expected: "a matrix that can be loaded", found: error.description)
        }
    }

    /// Loads a vector, converted to float32 if the file has another type.
    package func vector(_ name: String, count: Int) throws(LoadError) -> Tensor {
        let stored = try weights.tensor(named: name, shape: Shape(count))
        guard !stored.format.isQuantized else {
            throw weights.failure(named: name, expected: "float32, float16 or bfloat16", found: stored.format.rawValue)
        }
        let converted = Tensor(zeros: Shape(1, count))
        backend.embed([0], EmbeddingSpec(table: stored.reshaped(Shape(1, count))), output: converted)
        backend.synchronize()
        return converted.reshaped(Shape(count))
    }

    /// Loads a norm over `count` features; nil returns nil.
    package func norm(ifAny norm: Norm?, count: Int, rowMap: RowMap = .asStored) throws(LoadError) -> NormSpec? {
        guard let norm else { return nil }
        return try self.norm(norm, count: count, rowMap: rowMap)
    }

    /// Loads a norm over `count` features. `rowMap` reorders the elements of head norms like the rows of their
    /// projection.
    package func norm(_ norm: Norm, count: Int, rowMap: RowMap = .asStored) throws(LoadError) -> NormSpec {
        var weight = rowMap.applied(to: try vector(norm.name + ".weight", count: count))
        if norm.offset != 0 { weight = Tensor(weight.floatArray.map { $0 + norm.offset }, shape: weight.shape) }
        let bias = norm.hasBias ? rowMap.applied(to: try vector(norm.name + ".bias", count: count)) : nil
        return NormSpec(norm.kind, epsilon: Float(norm.epsilon), weight: weight, bias: bias, name: norm.name)
    }

    /// Loads a table of rows in the checkpoint's own type.
    package func table(
        _ name: String, rowCount: Int, count: Int, scale: Float = 1, isAdded: Bool = false
    ) throws(LoadError) -> EmbeddingSpec {
        let table = try weights.tensor(named: name + ".weight", shape: Shape(rowCount, count))
        return EmbeddingSpec(table: table, scale: scale, isAdded: isAdded, name: name)
    }

    /// Throws an error that names the model's file if the backend cannot run an operation.
    package func requireSupport(_ descriptors: any OpDescriptor...) throws(LoadError) {
        do {
            for descriptor in descriptors { try backend.requireSupport(descriptor) }
        } catch {
            throw LoadError(
                file: weights.location, expected: "a model that the backend has kernels for", found: "\(error)")
        }
    }
}
