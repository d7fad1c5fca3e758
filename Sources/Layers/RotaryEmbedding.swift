import Support
import Synchronization
package import Tensor

/// Rotary position embedding (Su et al. 2021). The table of cosines and sines grows with the positions used, so that
/// none is computed in advance for the longest context. Layers with equal settings share one embedding.
package final class RotaryEmbedding: Sendable {
    /// Number of leading dimensions of a head that rotate.
    package let rotatedDim: Int
    /// Requests that may become longer than this use the second variant; nil if there is only one.
    package let shortLength: Int?
    /// The length to which linear, dynamic or YaRN scaling stretches the trained one; nil for other types.
    package let stretchedLength: Int?
    /// The frequencies: of all requests, or of short ones and of long ones.
    package let variants: [RotaryFrequencies]
    private let current: Mutex<RotaryTable>

    private static let initialPositionCount = 256

    package init(
        rotatedDim: Int, variants: [RotaryFrequencies], shortLength: Int? = nil, stretchedLength: Int? = nil
    ) {
        precondition(
            variants.allSatisfy { $0.inverse.count * 2 == rotatedDim }, "one frequency is needed per two dimensions")
        self.rotatedDim = rotatedDim
        self.variants = variants
        self.shortLength = shortLength
        self.stretchedLength = stretchedLength
        current = Mutex(Self.makeTable(variants, positionCount: Self.initialPositionCount))
    }

    /// Returns a table with rows for each position up to `maxPosition`.
    package func table(covering maxPosition: Int) -> RotaryTable {
        let needed = maxPosition + 1
        return current.withLock { table in
            let held = table.positionCount
            if needed > held { table = Self.makeTable(variants, positionCount: max(needed, held * 2)) }
            return table
        }
    }

    /// Angles are float32 products, as in the reference implementation.
    private static func makeTable(_ variants: [RotaryFrequencies], positionCount: Int) -> RotaryTable {
        var cosines: [Float] = []
        var sines: [Float] = []
        let shape = Shape(positionCount * variants.count, variants[0].inverse.count)
        cosines.reserveCapacity(shape.elementCount)
        sines.reserveCapacity(shape.elementCount)
        for position in 0..<positionCount {
            for variant in variants {
                for frequency in variant.inverse {
                    let angle = Double(Float(position) * frequency)
                    cosines.append(Float(Math.cos(angle)) * variant.attentionFactor)
                    sines.append(Float(Math.sin(angle)) * variant.attentionFactor)
                }
            }
        }
        return RotaryTable(
            cosines: Tensor(cosines, shape: shape), sines: Tensor(sines, shape: shape), rotatedDim: 2 * shape[1],
            variantCount: variants.count)
    }
}
