import Support
import Tensor
import TestSupport

/// Attention of some sequences over a paged cache whose unused slots hold NaN.
struct AttentionCase: OpCase {
    struct Sequence: Sendable {
        var context: Int
        /// Number of trailing tokens that are queries.
        var queries: Int
    }

    var heads: Int
    var kvHeads: Int
    var headDim: Int
    var dtype: ElementType
    var blockSize = 16
    var sequences: [Sequence]
    var window: Int?
    var softCap: Float?
    /// Whether scores fall with the distance between query and key (ALiBi).
    var hasSlopes = false
    /// Range of the scores of sinks; nil for none.
    var sinkScale: Float?
    /// Number of dimensions that rotate; nil for all.
    var rotatedDim: Int?
    /// Whether the queries come without keys and values, as in a layer that reads another layer's cache.
    var readsOnly = false
    /// The elements of a key that are its value; nil for values of their own.
    var valuesInKeys: Range<Int>?

    /// Scores carry the rounding errors of `headDim` products into an exponential; bfloat16 values meet rounded
    /// weights.
    var tolerance: Float { dtype == .bfloat16 ? 4e-3 : max(3e-6, 1e-6 * Float(headDim).squareRoot()) }
    var isBitEqual: Bool { dtype != .bfloat16 }
    var description: String {
        let lengths = sequences.map { "\($0.queries)/\($0.context)" }.joined(separator: " ")
        let options = [
            window.map { "window \($0)" }, softCap.map { "cap \($0)" }, hasSlopes ? "slopes" : nil,
            sinkScale.map { "sinks within \($0)" }, readsOnly ? "read only" : nil,
            valuesInKeys.map { "values in \($0) of keys" },
        ].compactMap { $0 }
        return "attention \(heads)/\(kvHeads) x \(headDim) \(dtype) blocks of \(blockSize), \(lengths)"
            + options.map { ", " + $0 }.joined()
    }

    var shape: KVCacheShape {
        KVCacheShape(
            headCount: kvHeads, keyDim: headDim, valueDim: valuesInKeys?.count, valueOffset: valuesInKeys?.lowerBound,
            dtype: dtype)
    }
    var width: Int { heads * headDim + shape.elementsPerToken }
    var outputWidth: Int { heads * shape.valueDim }

    var spec: AttentionSpec {
        AttentionSpec(
            headCount: heads, kvHeadCount: kvHeads, keyDim: headDim, valueDim: shape.valueDim,
            valueOffset: shape.valueOffset, scale: 1 / Float(headDim).squareRoot(), softCap: softCap, window: window,
            sinks: sinkScale.map { Tensor(Samples.floats(heads, seed: 18, scale: $0), shape: Shape(heads)) },
            slopes: hasSlopes ? Tensor(Samples.floats(heads, seed: 19).map(abs), shape: Shape(heads)) : nil)
    }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let fixture = AttentionFixture(self, on: backend)
        fixture.fill(chunk: nil)
        let ranges = sequences.map { $0.context - $0.queries..<$0.context }
        let (queries, batch) = readsOnly ? fixture.queriesAlone(ranges) : fixture.queries(ranges)
        let output = Tensor(zeros: Shape(batch.tokenCount, outputWidth))
        return {
            backend.attention(queries, spec, batch, fixture.cache, output: output)
            return output.floatArray
        }
    }
}

/// A cache with shuffled blocks, the tokens of the sequences, and the batches that write and read them.
struct AttentionFixture {
    let testCase: AttentionCase
    let backend: any Backend
    let cache: KVCacheLayer
    let tables: [[Int32]]
    let rotary: RotaryTable

    init(_ testCase: AttentionCase, on backend: any Backend) {
        self.testCase = testCase
        self.backend = backend
        let layerBytes = backend.pageByteCount(testCase.shape, blockSize: testCase.blockSize)
        let counts = testCase.sequences.map { ($0.context + testCase.blockSize - 1) / testCase.blockSize }
        let blockCount = counts.reduce(1, +)
        var generator = SplitMix(seed: 11)
        var free = (0..<Int32(blockCount)).shuffled(using: &generator)
        var tables: [[Int32]] = []
        for count in counts {
            tables.append(Array(free.prefix(count)))
            free.removeFirst(count)
        }
        self.tables = tables
        // There are two layers; this is the second.
        cache = KVCacheLayer(
            pool: backend.makeStorage(byteCount: blockCount * 2 * layerBytes), blockByteCount: 2 * layerBytes,
            layerOffset: layerBytes, blockSize: testCase.blockSize, shape: testCase.shape)
        backend.fillBlocks(
            Array(0..<Int32(blockCount)), pool: cache.pool, blockByteCount: 2 * layerBytes, byte: 0xFF)
        let rotated = testCase.rotatedDim ?? testCase.headDim
        let positions = testCase.sequences.map(\.context).max() ?? 0
        rotary = RotaryTable(
            cosines: Self.dyadic(positions, rotated / 2, seed: 12),
            sines: Self.dyadic(positions, rotated / 2, seed: 13), rotatedDim: rotated)
    }

    /// Multiples of a quarter: products with them are exact, so all backends round the same keys and queries.
    private static func dyadic(_ rows: Int, _ columns: Int, seed: UInt64) -> Tensor {
        let elements = Samples.floats(rows * columns, seed: seed).map { ($0 * 4).rounded() / 4 }
        return Tensor(elements, shape: Shape(rows, columns))
    }

    /// Returns the tokens `ranges[i]` of each sequence i as one batch: their unrotated qkv rows and the metadata.
    func batch(_ ranges: [Range<Int>]) -> (Tensor, AttentionBatch) {
        var batch = AttentionBatch()
        var rows: [Float] = []
        batch.blockTableStride = tables.map(\.count).max() ?? 0
        for (sequence, range) in ranges.enumerated() {
            for position in range {
                batch.positions.append(Int32(position))
                batch.sequenceOfToken.append(Int32(sequence))
                rows += Samples.floats(testCase.width, seed: UInt64(sequence * 100_000 + position + 1000), scale: 2)
            }
            batch.queryStarts.append(Int32(batch.positions.count))
            batch.contextLengths.append(Int32(range.upperBound))
            batch.blockTables += tables[sequence]
            batch.blockTables += [Int32](repeating: -1, count: batch.blockTableStride - tables[sequence].count)
        }
        return (Tensor(rows, shape: Shape(batch.tokenCount, testCase.width)), batch)
    }

    /// Returns a batch whose rows are rotated and in the cache.
    func queries(_ ranges: [Range<Int>]) -> (Tensor, any PreparedBatch) {
        let (rows, batch) = batch(ranges)
        let prepared = backend.prepare(batch, reusing: nil)
        backend.writeHeads(rows, HeadSpec(headCount: testCase.heads, rotary: rotary), prepared, cache)
        return (rows, prepared)
    }

    /// Returns a batch of rotated queries without keys and values, which writes nothing.
    func queriesAlone(_ ranges: [Range<Int>]) -> (Tensor, any PreparedBatch) {
        let (rows, batch) = batch(ranges)
        let queries = columns(testCase.heads * testCase.headDim, of: rows)
        let prepared = backend.prepare(batch, reusing: nil)
        let spec = HeadSpec(headCount: testCase.heads, rotary: rotary, writesCache: false)
        backend.writeHeads(queries, spec, prepared, cache)
        return (queries, prepared)
    }

    /// Returns the first `width` elements of each row.
    func columns(_ width: Int, of rows: Tensor) -> Tensor {
        let count = rows.shape[0]
        let elements = (0..<count).flatMap { rows.rows($0..<$0 + 1).floatArray.prefix(width) }
        return Tensor(elements, shape: Shape(count, width))
    }

    /// Writes all tokens to the cache.
    func fill(chunk: Int?) {
        let longest = testCase.sequences.map(\.context).max() ?? 0
        let step = chunk ?? max(longest, 1)
        for start in stride(from: 0, to: longest, by: step) {
            _ = queries(testCase.sequences.map { min(start, $0.context)..<min(start + step, $0.context) })
        }
    }

    /// Computes attention of all tokens, written and attended in chunks, sequence by sequence.
    func attendInChunks(_ chunk: Int) -> [Float] {
        let longest = testCase.sequences.map(\.context).max() ?? 0
        var results = [[Float]](repeating: [], count: testCase.sequences.count)
        for start in stride(from: 0, to: longest, by: chunk) {
            let ranges = testCase.sequences.map { min(start, $0.context)..<min(start + chunk, $0.context) }
            let (rows, batch) = queries(ranges)
            let output = Tensor(zeros: Shape(batch.tokenCount, testCase.outputWidth))
            backend.attention(rows, testCase.spec, batch, cache, output: output)
            var first = 0
            for (sequence, range) in ranges.enumerated() {
                results[sequence] += output.rows(first..<first + range.count).floatArray
                first += range.count
            }
        }
        return results.flatMap { $0 }
    }
}
