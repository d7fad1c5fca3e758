internal import Synchronization

/// The recorded result of one operation.
package struct TracePoint: Hashable, Sendable {
    /// The name of the layer in the checkpoint, such as `model.layers.0.self_attn.q_proj`.
    package var name: String
    package var shape: [Int]
    package var mean: Double
    /// Mean of the magnitudes.
    package var magnitude: Double
    /// Sum of the elements, each times a factor in [-1, 1] derived from its index, so that swapped elements change it.
    package var checksum: Double

    package init(name: String, shape: [Int], mean: Double, magnitude: Double, checksum: Double) {
        self.name = name
        self.shape = shape
        self.mean = mean
        self.magnitude = magnitude
        self.checksum = checksum
    }

    /// Computes the statistics of `elements`, which are in row-major order.
    package init(name: String, shape: [Int], _ elements: [Float]) {
        var (sum, magnitude, checksum) = (0.0, 0.0, 0.0)
        for (index, element) in elements.enumerated() {
            sum += Double(element)
            magnitude += Double(abs(element))
            checksum += Double(element) * Self.factor(index)
        }
        let count = Double(max(elements.count, 1))
        self.init(name: name, shape: shape, mean: sum / count, magnitude: magnitude / count, checksum: checksum)
    }

    /// A multiple of 1/64 from a multiplicative hash of the index.
    private static func factor(_ index: Int) -> Double {
        Double((UInt32(truncatingIfNeeded: index) &* 2_654_435_761) >> 25) / 64 - 1
    }

    /// Whether both results are equal up to rounding.
    package func agrees(with other: TracePoint, tolerance: Double) -> Bool {
        let scale = max(magnitude, other.magnitude, 1e-30)
        let count = Double(max(shape.reduce(1, *), 1)).squareRoot()
        return shape == other.shape && abs(mean - other.mean) <= tolerance * scale
            && abs(magnitude - other.magnitude) <= tolerance * scale
            && abs(checksum - other.checksum) <= tolerance * scale * count
    }
}

/// Records the result of every named operation of another backend. Fused operations are run in parts, which are
/// bit-equal to the whole.
package final class TracingBackend: ForwardingBackend, @unchecked Sendable {
    private let recorded = Mutex<[TracePoint]>([])
    private let parts = Mutex<[ObjectIdentifier: [LinearPart]]>([:])

    package var points: [TracePoint] { recorded.withLock { $0 } }

    private func record(_ name: String, _ tensor: Tensor) {
        base.synchronize()
        record(name, shape: tensor.shape.array, tensor.floatArray)
    }

    private func record(_ name: String, shape: [Int], _ elements: [Float]) {
        guard !name.isEmpty else { return }
        let point = TracePoint(name: name, shape: shape, elements)
        recorded.withLock { $0.append(point) }
    }

    package override func makeLinear(
        _ parts: [LinearPart], inputFormat: InputFormat
    ) throws(BackendError) -> any LinearWeights {
        let weights = try base.makeLinear(parts, inputFormat: inputFormat)
        self.parts.withLock { $0[ObjectIdentifier(weights)] = parts }
        return weights
    }

    package override func embed(_ ids: [UInt32], _ spec: EmbeddingSpec, output: Tensor) {
        var alone = spec
        alone.isAdded = false
        let rows = base.makeTensor(output.shape)
        base.embed(ids, alone, output: rows)
        record(spec.name, rows)
        base.embed(ids, spec, output: output)
    }

    package override func normalize(_ input: RowInput, output: Tensor) {
        base.normalize(recordingDelta(of: input), output: output)
        if let norm = input.norm { record(norm.name, output) }
    }

    /// Computes the norm of a delta separately before it is committed.
    private func recordingDelta(of input: RowInput) -> RowInput {
        guard let commit = input.commit, let norm = commit.norm else { return input }
        let delta = base.makeTensor(commit.delta.shape)
        base.normalize(RowInput(commit.delta, norm: norm), output: delta)
        record(norm.name, delta)
        var input = input
        input.commit = ResidualCommit(delta, scale: commit.scale)
        return input
    }

    package override func linear(
        _ input: RowInput, _ weights: any LinearWeights, _ epilogue: LinearEpilogue, output: Tensor
    ) {
        let rows = base.makeTensor(input.shape)
        normalize(input, output: rows)
        let product = base.makeTensor(Shape(input.shape[0], weights.outputCount))
        base.linear(.rows(rows), weights, .none, output: product)
        recordParts(weights, product)
        base.linear(.rows(rows), weights, epilogue, output: output)
    }

    /// Records the outputs of each matrix, in the row order of the checkpoint.
    private func recordParts(_ weights: any LinearWeights, _ product: Tensor) {
        base.synchronize()
        let parts = self.parts.withLock { $0[ObjectIdentifier(weights)] ?? [] }
        let rowCount = product.shape[0]
        var stored: [(name: String, width: Int, elements: [Float])] = []
        var first = 0
        for part in parts {
            if stored.last?.name != part.name {
                let width = part.weight.storedOutputCount
                stored.append((part.name, width, [Float](repeating: 0, count: rowCount * width)))
            }
            let last = stored.count - 1
            for row in 0..<rowCount {
                let outputs = product.row(row)
                for output in 0..<part.outputCount {
                    let place = row * stored[last].width + part.rowMap.storedRow(output)
                    stored[last].elements[place] = outputs[first + output]
                }
            }
            first += part.outputCount
        }
        for (name, width, elements) in stored { record(name, shape: [rowCount, width], elements) }
    }

    package override func writeHeads(
        _ qkv: Tensor, _ spec: HeadSpec, _ batch: any PreparedBatch, _ cache: KVCacheLayer
    ) {
        let width = cache.shape.keyDim
        recordHeads(qkv, from: 0, count: spec.headCount, width: width, spec.queryNorm, spec.normScope)
        if spec.writesCache {
            recordHeads(
                qkv, from: spec.headCount * width, count: cache.shape.headCount, width: width, spec.keyNorm,
                spec.normScope)
        }
        base.writeHeads(qkv, spec, batch, cache)
    }

    /// Records the normalised heads, unless each head has its own norm: the reference has no single result for those.
    private func recordHeads(
        _ qkv: Tensor, from column: Int, count: Int, width: Int, _ norm: NormSpec?, _ scope: HeadSpec.NormScope
    ) {
        guard let norm, scope != .eachHead else { return }
        base.synchronize()
        let elements = (0..<qkv.shape[0]).flatMap { qkv.row($0)[column..<column + count * width] }
        let features = scope == .allHeads ? count * width : width
        let heads = Tensor(elements, shape: Shape(elements.count / features, features))
        let output = base.makeTensor(heads.shape)
        base.normalize(RowInput(heads, norm: norm), output: output)
        base.synchronize()
        let shape = scope == .allHeads ? [qkv.shape[0], features] : [qkv.shape[0], count, width]
        record(norm.name, shape: shape, output.floatArray)
    }
}
