/// Finds the elements with the smallest keys whose weights reach a target, in linear time without sorting them all:
/// digit by digit of the key, only the elements that share the digits of the boundary are looked at again.
package struct WeightedSelection {
    /// The last element that is kept, in the order of keys and then of indices.
    package struct Boundary {
        fileprivate let key: UInt64
        fileprivate let index: Int

        package func keeps(_ index: Int, key: Double) -> Bool {
            key.bitPattern < self.key || (key.bitPattern == self.key && index <= self.index)
        }
    }

    private let weights: [Double]
    /// Keys that are not negative, so that they compare like their bit patterns.
    private let keys: [Double]
    private let target: Double
    /// The total weight of the elements before those that are still looked at.
    private var reached = 0.0

    private static let digitBits = 11
    /// Maximum number of elements that are simply sorted.
    private static let smallCount = 64

    /// The boundary of the kept elements. Elements of weight 0 do not count; of the others at least one is kept, and
    /// all of them if they do not reach the target.
    package static func boundary(weights: [Double], keys: [Double], target: Double) -> Boundary {
        var selection = WeightedSelection(weights: weights, keys: keys, target: target)
        return selection.boundary() ?? Boundary(key: .max, index: .max)
    }

    private init(weights: [Double], keys: [Double], target: Double) {
        (self.weights, self.keys, self.target) = (weights, keys, target)
    }

    private mutating func boundary() -> Boundary? {
        var members: [Int] = []
        members.reserveCapacity(weights.count)
        for index in weights.indices where weights[index] > 0 { members.append(index) }
        // From the exponent, which follows the sign, down to the last bits of the fraction.
        for shift in stride(from: 63 - Self.digitBits, to: -Self.digitBits, by: -Self.digitBits)
        where members.count > Self.smallCount {
            guard let digit = digitOfBoundary(members, shift: max(shift, 0)) else { return nil }
            members.removeAll { self.digit($0, max(shift, 0)) != digit }
        }
        // If all digits are equal, the indices are in order already.
        if members.count <= Self.smallCount { members.sort { (keys[$0], $0) < (keys[$1], $1) } }
        for index in members {
            reached += weights[index]
            if reached >= target { return Boundary(key: keys[index].bitPattern, index: index) }
        }
        return nil
    }

    /// The first digit, in ascending order, whose elements reach the target; nil if even all elements do not.
    private mutating func digitOfBoundary(_ members: [Int], shift: Int) -> Int? {
        var sums = [Double](repeating: 0, count: 1 << Self.digitBits)
        for index in members { sums[digit(index, shift)] += weights[index] }
        for digit in sums.indices where sums[digit] > 0 {
            if reached + sums[digit] >= target { return digit }
            reached += sums[digit]
        }
        return nil
    }

    private func digit(_ index: Int, _ shift: Int) -> Int {
        Int(truncatingIfNeeded: keys[index].bitPattern &>> UInt64(shift)) & (1 << Self.digitBits - 1)
    }
}
