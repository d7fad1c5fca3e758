/// A set of Unicode scalars in the form of a regular expression: categories and ranges, optionally intersected with
/// other sets and negated.
struct CharacterSet: Hashable, Sendable {
    var categories: UnicodeCategorySet = []
    var ranges: [ClosedRange<UInt32>] = []
    /// Sets that a scalar must be in as well.
    var intersected: [CharacterSet] = []
    var isNegated = false

    init() {}

    init(_ categories: UnicodeCategorySet) { self.categories = categories }

    init(scalar: UInt32) { ranges = [scalar...scalar] }

    func contains(_ scalar: UInt32, category: UInt8) -> Bool {
        let isListed = categories.contains(category) || ranges.contains { $0.contains(scalar) }
        let isContained = isListed && intersected.allSatisfy { $0.contains(scalar, category: category) }
        return isContained != isNegated
    }

    /// The ranges of the set and of those that it is intersected with.
    var allRanges: [ClosedRange<UInt32>] { ranges + intersected.flatMap(\.allRanges) }

    /// Makes ASCII letters match in both cases: adds the other case and the two letters outside ASCII that fold to one
    /// inside (long s, Kelvin sign). Other scalars and categories stay as they are.
    mutating func foldCase() {
        for range in ranges where range.overlaps(0x41...0x7A) {
            for scalar in range.clamped(to: 0x41...0x7A) where Self.isLetter(scalar) {
                ranges.append((scalar ^ 0x20)...(scalar ^ 0x20))
                if scalar | 0x20 == 0x73 { ranges.append(0x17F...0x17F) }
                if scalar | 0x20 == 0x6B { ranges.append(0x212A...0x212A) }
            }
        }
    }

    private static func isLetter(_ scalar: UInt32) -> Bool {
        (0x61...0x7A).contains(scalar | 0x20)
    }
}
