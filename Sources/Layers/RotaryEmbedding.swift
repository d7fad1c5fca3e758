import Support
import Synchronization
package import Tensor

/// Rotary position embedding (Su et al. 2021). The table of cosines and sines grows with the positions used, so that
/// none is computed in advance for the longest context. Layers with equal settings share one embedding.
package final class RotaryEmbedding: Sendable {
    /// Angle per position of each pair of dimensions: `[rotatedDim / 2]`.
    private let inverseFrequencies: [Float]
    private let rotatedDim: Int
    private let current: Mutex<RotaryTable>

    private static let initialPositionCount = 256

    package init(rotatedDim: Int, inverseFrequencies: [Float]) {
        precondition(inverseFrequencies.count * 2 == rotatedDim, "one frequency is needed per two rotated dimensions")
        self.rotatedDim = rotatedDim
        self.inverseFrequencies = inverseFrequencies
        current = Mutex(Self.makeTable(inverseFrequencies, positionCount: Self.initialPositionCount))
    }

    /// Returns a table with a row for each position up to `maxPosition`.
    package func table(covering maxPosition: Int) -> RotaryTable {
        let needed = maxPosition + 1
        return current.withLock { table in
            let held = table.cosines.shape[0]
            if needed > held {
                table = Self.makeTable(inverseFrequencies, positionCount: max(needed, held * 2))
            }
            return table
        }
    }

    /// Angles are float32 products, as in the reference implementation.
    private static func makeTable(_ inverseFrequencies: [Float], positionCount: Int) -> RotaryTable {
        var cosines: [Float] = []
        var sines: [Float] = []
        cosines.reserveCapacity(positionCount * inverseFrequencies.count)
        sines.reserveCapacity(positionCount * inverseFrequencies.count)
        for position in 0..<positionCount {
            for frequency in inverseFrequencies {
                let angle = Double(Float(position) * frequency)
                cosines.append(Float(Math.cos(angle)))
                sines.append(Float(Math.sin(angle)))
            }
        }
        let shape = Shape(positionCount, inverseFrequencies.count)
        return RotaryTable(
            cosines: Tensor(cosines, shape: shape), sines: Tensor(sines, shape: shape),
            rotatedDim: inverseFrequencies.count * 2)
    }
}
