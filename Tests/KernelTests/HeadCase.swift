import Tensor

/// Norm and rotation of heads with arbitrary tables, compared by the resulting queries and keys.
struct HeadCase: OpCase {
    var headDim: Int
    /// Number of dimensions that rotate; 0 for none.
    var rotatedDim: Int
    var dtype: ElementType
    var norm: NormSpec.Kind?
    var scope = HeadSpec.NormScope.head
    var hasWeights = true
    /// Rows per position in the tables; each of the three sequences uses another one.
    var variantCount = 1
    /// Whether rows hold queries alone.
    var readsOnly = false
    /// Limit of queries, keys and values.
    var clip: Float?

    private static let heads = 3
    private static let kvHeads = 2
    private static let ranges = [0..<37, 5..<6, 2..<19]

    /// One unit in the last place of the cache's type, because float32 rounding decides between neighbours.
    var tolerance: Float {
        let exact: Float = norm == nil ? 2e-7 : 2e-6
        return dtype == .float32 ? exact : dtype == .float16 ? 5e-4 : 4e-3
    }
    var description: String {
        let options = [
            norm.map { "norm \($0) of \(scope)\(hasWeights ? "" : " without weights")" },
            variantCount > 1 ? "\(variantCount) variants" : nil, readsOnly ? "read only" : nil,
            clip.map { "clipped to \($0)" },
        ].compactMap { $0 }
        return "heads of \(headDim), \(rotatedDim) rotate (\(dtype))" + options.map { ", " + $0 }.joined()
    }

    private func norm(heads: Int, seed: UInt64) -> NormSpec? {
        let count = headDim * (scope == .head ? 1 : heads)
        func vector(_ seed: UInt64) -> Tensor { Tensor(Samples.floats(count, seed: seed), shape: Shape(count)) }
        return norm.map {
            NormSpec(
                $0, epsilon: 1e-6, weight: hasWeights ? vector(seed) : nil,
                bias: hasWeights && $0 == .layer ? vector(seed + 100) : nil)
        }
    }

    private var spec: HeadSpec {
        let rows = 37 * variantCount
        let rotary = RotaryTable(
            cosines: Samples.matrix(rows, rotatedDim / 2, seed: 14),
            sines: Samples.matrix(rows, rotatedDim / 2, seed: 15), rotatedDim: rotatedDim, variantCount: variantCount)
        return HeadSpec(
            headCount: Self.heads, queryNorm: norm(heads: Self.heads, seed: 16),
            keyNorm: norm(heads: Self.kvHeads, seed: 17), normScope: scope, clip: clip,
            rotary: rotatedDim > 0 ? rotary : nil,
            writesCache: !readsOnly)
    }

    func prepare(on backend: any Backend) throws -> () -> [Float] {
        let testCase = AttentionCase(
            heads: Self.heads, kvHeads: Self.kvHeads, headDim: headDim, dtype: dtype,
            sequences: Self.ranges.map { .init(context: $0.upperBound, queries: $0.count) })
        let fixture = AttentionFixture(testCase, on: backend)
        let spec = spec
        let width = (Self.heads + (readsOnly ? 0 : Self.kvHeads)) * headDim
        return {
            var (rows, batch) = fixture.batch(Self.ranges)
            if readsOnly { rows = fixture.columns(width, of: rows) }
            if variantCount > 1 { batch.rotaryVariants = [0, 1, 2].map { $0 % Int32(variantCount) } }
            backend.writeHeads(rows, spec, backend.prepare(batch, reusing: nil), fixture.cache)
            // Values are unchanged.
            return fixture.columns(width, of: rows).floatArray
        }
    }
}
