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

    /// Returns a loader whose linear layers round their inputs to another format.
    package func rounding(to inputFormat: InputFormat) -> WeightLoader {
        WeightLoader(weights: weights, backend: backend, inputFormat: inputFormat, parallel: parallel)
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
        /// The place of the matrix in a tensor that holds several; nil for a tensor of its own.
        package var place: Place?
        /// Ending of the weight's name.
        package var weightEnding = ".weight"
        /// Ending of the bias's name.
        package var biasEnding = ".bias"

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

    /// The place of a matrix, as stored, in a tensor that holds several.
    package enum Place: Sendable {
        /// One of `count` in a tensor `[count, rows, columns]`, with its bias in `[count, rows]`.
        case stack(index: Int, count: Int)
        /// Some rows of a matrix without a bias.
        case rows(Range<Int>, of: Int)
    }

    /// A norm, by its name in the checkpoint.
    package struct Norm: Sendable {
        package var name: String
        package var kind: NormSpec.Kind
        package var epsilon: Double
        /// Added to the stored weight, in float32.
        package var offset: Float
        package var hasBias: Bool
        /// False for a norm without weights.
        package var hasWeight = true
        /// Rows of the weight in the file; 1 for a vector.
        package var rowCount = 1
        /// Names of tensors that hold parts of the weight, in order; empty if there is one tensor, `name`.
        package var partNames: [String] = []
        /// The stored element of each element: head norms follow the rows of their projection.
        package var rowMap = RowMap.asStored

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

    /// Loads a linear layer of one or more matrices that share their input. `inputFormat`: nil for the loader's own.
    package func linear(
        _ matrices: [Matrix], inputCount: Int, parallelism: LinearParallelism, inputFormat: InputFormat? = nil
    ) throws(LoadError) -> Linear {
        var sources: [Source] = []
        for matrix in matrices { sources += try self.parts(matrix, inputCount: inputCount, parallelism: parallelism) }
        let packed: any LinearWeights
        do {
            packed = try backend.makeLinear(sources.map(\.part), inputFormat: inputFormat ?? self.inputFormat)
        } catch {
            throw weights.failure(
                named: matrices[0].name + ".weight", expected: "a matrix that the backend has a kernel for",
                found: error.description)
        }
        if let found = packed.nonFinite { throw nonFinite(found.place, in: sources[found.part]) }
        for source in sources { source.part.weight.releasePages() }
        return Linear(weights: packed, parallelism: parallelism)
    }

    /// A matrix, or the rows of one, and where the file has it.
    struct Source {
        let part: LinearPart
        let entry: TensorEntry
        let place: Place?
    }

    /// The rows that a matrix takes, from each part in which the file has it.
    private func parts(
        _ matrix: Matrix, inputCount: Int, parallelism: LinearParallelism
    ) throws(LoadError) -> [Source] {
        let stored = try weights.stored(named: matrix.name + matrix.weightEnding)
        let biases = matrix.hasBias ? try weights.stored(named: matrix.name + matrix.biasEnding) : nil
        if let biases, biases.parts.count != stored.parts.count {
            throw weights.failure(
                named: matrix.name + matrix.biasEnding, expected: "\(stored.parts.count) parts, as the matrix has",
                found: "\(biases.parts.count)")
        }
        let rowCount = matrix.storedCount / stored.parts.count
        let isSharded = parallelism == .column && parallel.worldSize > 1
        let rows = isSharded ? matrix.rowMap.outputs(parallel.range(of: matrix.outputCount)) : matrix.rowMap
        var parts: [Source] = []
        for (index, rowMap) in stored.partMaps(rows, rowCount: rowCount) {
            let isTransposed = matrix.isTransposed != stored.isTransposed
            let shape = isTransposed ? Shape(inputCount, rowCount) : Shape(rowCount, inputCount)
            let entry = stored.parts[index]
            var weight = try matrix.slice(entry, shape)
            var bias = try biases.map { (biases) throws(LoadError) in
                try vector(
                    matrix.slice(biases.parts[index], Shape(rowCount)), biases.parts[index], place: matrix.place)
            }
            let columns = parallel.range(of: inputCount)
            if parallelism == .row, columns.count < inputCount {
                guard columns.lowerBound % weight.format.blockSize == 0 else {
                    throw entry.failure(
                        expected: "slices of whole blocks of \(weight.format.blockSize)", found: "\(columns)")
                }
                weight = isTransposed ? weight.rows(columns) : weight.copyingColumns(columns)
                if parallel.rank > 0 { bias = nil }
            }
            // Blocks lie along the rows, which transposed weights do not have.
            if isTransposed, weight.format.isQuantized { weight = dequantized(weight) }
            do {
                let part = LinearPart(
                    try WeightSource(weight, isTransposed: isTransposed), bias: bias, rowMap: rowMap,
                    name: matrix.traceName ?? matrix.name)
                parts.append(Source(part: part, entry: entry, place: matrix.place))
            } catch {
                throw entry.failure(expected: "a matrix that can be loaded", found: error.description)
            }
        }
        return parts
    }

    /// Loads a vector, converted to float32 if the file has another type. `rowCount`: rows in which the file has it.
    package func vector(_ name: String, count: Int, rowCount: Int = 1) throws(LoadError) -> Tensor {
        let stored = try weights.stored(named: name)
        let entry = stored.parts[0]
        let elements = try vector(
            entry.tensor(shape: rowCount == 1 ? Shape(count) : Shape(rowCount, count / rowCount)), entry)
        guard stored.offset != 0 else { return stored.rowMap.applied(to: elements) }
        return stored.rowMap.applied(to: Tensor(elements.floatArray.map { $0 - stored.offset }, shape: Shape(count)))
    }

    /// Converts a tensor to a float32 vector. Throws if an element is not finite.
    private func vector(_ tensor: Tensor, _ entry: TensorEntry, place: Place? = nil) throws(LoadError) -> Tensor {
        guard !tensor.format.isQuantized else {
            throw entry.failure(expected: "float32, float16 or bfloat16", found: tensor.format.rawValue)
        }
        let count = tensor.shape.elementCount
        let converted = dequantized(tensor.reshaped(Shape(1, count))).reshaped(Shape(count))
        try requireFinite(converted.floatArray, tensor.shape, entry, place: place)
        return converted
    }

    /// Converts a matrix to float32.
    private func dequantized(_ matrix: Tensor) -> Tensor {
        let converted = Tensor(zeros: matrix.shape)
        backend.embed(Array(0..<UInt32(matrix.shape[0])), EmbeddingSpec(table: matrix), output: converted)
        backend.synchronize()
        return converted
    }

    /// Loads a norm over `count` features; nil returns nil.
    package func norm(ifAny norm: Norm?, count: Int) throws(LoadError) -> NormSpec? {
        guard let norm else { return nil }
        return try self.norm(norm, count: count)
    }

    /// Loads a norm over `count` features.
    package func norm(_ norm: Norm, count: Int) throws(LoadError) -> NormSpec {
        var weight = norm.hasWeight ? norm.rowMap.applied(to: try vector(norm, ".weight", count: count)) : nil
        if norm.offset != 0 { weight = weight.map { Tensor($0.floatArray.map { $0 + norm.offset }, shape: $0.shape) } }
        let bias = norm.hasBias ? norm.rowMap.applied(to: try vector(norm, ".bias", count: count)) : nil
        return NormSpec(norm.kind, epsilon: Float(norm.epsilon), weight: weight, bias: bias, name: norm.name)
    }

    /// Loads a vector of a norm, which may be stored in parts.
    private func vector(_ norm: Norm, _ suffix: String, count: Int) throws(LoadError) -> Tensor {
        guard !norm.partNames.isEmpty else {
            return try vector(norm.name + suffix, count: count, rowCount: norm.rowCount)
        }
        var elements: [Float] = []
        for name in norm.partNames {
            elements += try vector(name + suffix, count: count / norm.partNames.count).floatArray
        }
        return Tensor(elements, shape: Shape(elements.count))
    }

    /// Loads a table of rows in the checkpoint's own type. `isPacked`: whether a linear layer has the same matrix, which
    /// then finds elements that are not finite.
    package func table(
        _ name: String, rowCount: Int, count: Int, scale: Float = 1, isAdded: Bool = false, isPacked: Bool = false
    ) throws(LoadError) -> EmbeddingSpec {
        let entry = try weights.stored(named: name + ".weight").parts[0]
        let table = try entry.tensor(shape: Shape(rowCount, count))
        if !isPacked { try requireFinite(table, entry) }
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

extension WeightLoader.Matrix {
    /// The matrix or vector of `shape`, or its place in the tensor that holds several.
    fileprivate func slice(_ entry: TensorEntry, _ shape: Shape) throws(LoadError) -> Tensor {
        switch place {
        case nil: return try entry.tensor(shape: shape)
        case .stack(let index, let count):
            let rowCount = shape[0]
            let whole = shape.rank == 1 ? Shape(count, rowCount) : Shape([count, rowCount, shape[1]])
            return try entry.tensor(shape: whole).rows(index..<index + 1).reshaped(shape)
        case .rows(let rows, let count): return try entry.tensor(shape: Shape(count, shape[1])).rows(rows)
        }
    }
}
