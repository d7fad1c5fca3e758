package import Architectures
import CPUBackend
import Checkpoint
package import Layers
package import Support
package import Tensor
import Tokenization

/// The results of a model's operations for one prompt, by layer name. Used to find the first operation that differs
/// from a reference.
package struct ModelTrace: Sendable {
    package let promptTokenIDs: [UInt32]
    /// In the order of computation; the logits of the last token come last.
    package let points: [TracePoint]

    package init(promptTokenIDs: [UInt32], points: [TracePoint]) {
        self.promptTokenIDs = promptTokenIDs
        self.points = points
    }

    /// Runs the model once over the prompt, in float32 by default. Throws `EngineError` if the model cannot be loaded
    /// or if an id is outside its vocabulary.
    package init(
        path: String, promptTokenIDs: [UInt32], dtype: EngineOptions.DType = .float32
    ) throws(EngineError) {
        do {
            let checkpoint = try Checkpoint.open(path: path)
            let backend = TracingBackend(try CPUBackend())
            let types = ComputeTypes(dtype, checkpoint, backend)
            let loader = WeightLoader(weights: checkpoint.weights, backend: backend, inputFormat: types.linear)
            let model = try ModelRegistry.load(checkpoint.config, loader)
            try self.init(
                model, backend, promptTokenIDs: promptTokenIDs, cacheType: model.cacheType(for: types.cache))
        } catch let error as EngineError {
            throw error
        } catch {
            throw EngineError("\(error)")
        }
    }

    /// Runs a model that was loaded with a tracing backend.
    package init(
        _ model: any LanguageModel, _ backend: TracingBackend, promptTokenIDs: [UInt32], cacheType: ElementType
    ) throws(EngineError) {
        guard let last = promptTokenIDs.indices.last else { throw EngineError("--prompt: must not be empty") }
        guard promptTokenIDs.allSatisfy({ Int($0) < model.vocabularySize }) else {
            throw EngineError("--prompt-token-ids: must be below the vocabulary's \(model.vocabularySize)")
        }
        let context = ForwardContext(model, oneSequenceOf: promptTokenIDs.count, cacheType: cacheType, on: backend)
        let positions = promptTokenIDs.indices.map { Int32($0) }
        let hidden = model.forward(ForwardInput(ids: promptTokenIDs, positions: positions), context)
        _ = model.logits(hidden.rows(last..<last + 1), context)
        self.init(promptTokenIDs: promptTokenIDs, points: backend.points)
    }

    /// Returns the token ids of a text, from the tokenizer of the model at `path`.
    package static func tokens(of text: String, path: String) throws(EngineError) -> [UInt32] {
        do {
            let tokenizer = try ModelTokenizer(Checkpoint.open(path: path), template: nil).tokenizer
            return tokenizer.encode(text, addSpecialTokens: true)
        } catch let error as EngineError {
            throw error
        } catch {
            throw EngineError("\(error)")
        }
    }

    /// Returns the first point that differs from the reference's point of the same name (nil if the reference has
    /// none). Points with the same name are compared in order.
    package func firstDifference(
        from reference: ModelTrace, tolerance: Double
    ) -> (point: TracePoint, expected: TracePoint?)? {
        var expected = Dictionary(grouping: reference.points, by: \.name).mapValues { $0[...] }
        for point in points {
            let other = expected[point.name]?.popFirst()
            guard let other, point.agrees(with: other, tolerance: tolerance) else { return (point, other) }
        }
        return nil
    }
}

extension ModelTrace {
    /// One line per point.
    package var table: String { Self.table(points) }

    /// Formats the first difference, with the reference's point above ours; nil if the traces agree.
    package func tableOfFirstDifference(from reference: ModelTrace, tolerance: Double) -> String? {
        firstDifference(from: reference, tolerance: tolerance).map { point, expected in
            Self.table([expected, point].compactMap { $0 })
        }
    }

    private static func table(_ points: [TracePoint]) -> String {
        let rows = points.map { point in
            [
                point.name, "\(point.shape)", Decimal.text(point.mean, places: 6),
                Decimal.text(point.magnitude, places: 6), Decimal.text(point.checksum, places: 4),
            ]
        }
        return TextTable(["layer", "shape", "mean", "magnitude", "checksum"], rows).description
    }
}

extension ForwardContext {
    /// Makes a context for one sequence of `tokenCount` tokens, with its own caches.
    package init(
        _ model: any LanguageModel, oneSequenceOf tokenCount: Int, cacheType: ElementType, on backend: any Backend
    ) {
        let blockSize = 16
        let blockCount = (tokenCount + blockSize - 1) / blockSize
        let caches = model.cacheModules.compactMap { $0.shape(dtype: cacheType) }.map { shape in
            let byteCount = backend.pageByteCount(shape, blockSize: blockSize)
            return KVCacheLayer(
                pool: backend.makeStorage(byteCount: byteCount * blockCount), blockByteCount: byteCount,
                layerOffset: 0, blockSize: blockSize, shape: shape)
        }
        var batch = AttentionBatch()
        batch.positions = (0..<tokenCount).map { Int32($0) }
        batch.sequenceOfToken = Array(repeating: 0, count: tokenCount)
        batch.queryStarts = [0, Int32(tokenCount)]
        batch.contextLengths = [Int32(tokenCount)]
        batch.blockTables = (0..<blockCount).map { Int32($0) }
        batch.blockTableStride = blockCount
        if let short = model.shortRotaryLength { batch.rotaryVariants = [tokenCount > short ? 1 : 0] }
        self.init(
            backend: backend, scratch: Scratch(backend), batches: [backend.prepare(batch, reusing: nil)],
            caches: caches, groupOfModule: caches.map { _ in 0 })
    }
}

extension ModelTrace {
    package var json: JSONValue {
        [
            "prompt_token_ids": .array(promptTokenIDs.map { .integer(Int($0)) }),
            "points": .array(
                points.map { point in
                    [
                        "name": .string(point.name), "shape": .array(point.shape.map { .integer($0) }),
                        "mean": .double(point.mean), "magnitude": .double(point.magnitude),
                        "checksum": .double(point.checksum),
                    ]
                }),
        ]
    }

    /// Returns nil if the JSON is not a trace.
    package init?(_ json: JSONValue) {
        guard let ids = json["prompt_token_ids"]?.arrayValue, let points = json["points"]?.arrayValue else {
            return nil
        }
        let traced = points.compactMap { point -> TracePoint? in
            guard let name = point["name"]?.stringValue, let shape = point["shape"]?.arrayValue,
                let mean = point["mean"]?.doubleValue, let magnitude = point["magnitude"]?.doubleValue,
                let checksum = point["checksum"]?.doubleValue
            else { return nil }
            return TracePoint(
                name: name, shape: shape.compactMap(\.intValue), mean: mean, magnitude: magnitude, checksum: checksum)
        }
        guard traced.count == points.count else { return nil }
        self.init(promptTokenIDs: ids.compactMap { $0.intValue.flatMap(UInt32.init(exactly:)) }, points: traced)
    }
}
