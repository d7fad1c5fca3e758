import Support
import Synchronization
package import Tensor

/// Rotary position embedding (Su et al. 2021): a table of cosines and sines that grows as positions come, since a table
/// for the longest context would be computed at start for nothing. Layers with equal settings share one.
package final class RotaryEmbedding: Sendable {
    /// Angle of each pair of dimensions a position: `[rotatedDim / 2]`.
    private let inverseFrequencies: [Float]
    private let rotatedDim: Int
    private let current: Mutex<RotaryTable>

    private static let initialPositionCount = 256

    package init(rotatedDim: Int, inverseFrequencies: [Float]) {
        precondition(inverseFrequencies.count * 2 == rotatedDim, "frequencies for half of the rotated dimensions")
        self.rotatedDim = rotatedDim
        self.inverseFrequencies = inverseFrequencies
        current = Mutex(Self.makeTable(inverseFrequencies, positionCount: Self.initialPositionCount))
    }

    /// A table with a row for each position up to `maxPosition`.
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

    /// Angles are float32 products, as the reference implementation has them.
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
