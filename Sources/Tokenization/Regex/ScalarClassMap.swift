/// Maps scalars to classes whose members no set of a pattern distinguishes.
///
/// An ASCII scalar takes one table lookup. For other scalars the class follows from the general category and from the
/// segment between the boundaries of the pattern's explicit ranges, which most patterns do not have.
struct ScalarClassMap: Sendable {
    /// Bit s of element c is set if class c is inside set s. The last class is the end of the text, which is in no set.
    private(set) var membership: [UInt64] = []

    private var ascii: [UInt8] = []
    /// First scalars of the segments above ASCII.
    private var segmentStarts: [UInt32] = []
    /// Class by segment and category.
    private var segmentClasses: [UInt8] = []

    private static let categoryCount = UnicodeCategory.allCases.count

    init(_ sets: [CharacterSet]) throws(RegexError) {
        guard sets.count <= 64 else { throw RegexError(message: "more than 64 different character classes") }
        var classes: [UInt64: UInt8] = [:]
        for scalar in UInt32(0)..<0x80 {
            ascii.append(try classify(scalar, UnicodeTables.category[scalar], sets, &classes))
        }
        segmentStarts = Self.segmentStarts(of: sets)
        for start in segmentStarts {
            for category in 0..<UInt8(Self.categoryCount) {
                segmentClasses.append(try classify(start, category, sets, &classes))
            }
        }
        membership.append(0)
    }

    var count: Int { membership.count }
    var endOfText: Int { membership.count - 1 }

    /// The class of the scalar that starts at `index`, and the scalar's length in bytes.
    @inline(__always)
    func classIndex(in bytes: Span<UInt8>, at index: Int) -> (classIndex: Int, length: Int) {
        if let classIndex = classIndexOfASCII(bytes[index]) { return (classIndex, 1) }
        let (scalar, length) = UTF8Scalars.decode(bytes, at: index)
        return (classIndex(beyondASCII: scalar), length)
    }

    /// The class of an ASCII byte; nil for a byte of a longer character.
    @inline(__always)
    func classIndexOfASCII(_ byte: UInt8) -> Int? { byte < 0x80 ? Int(ascii[Int(byte)]) : nil }

    private func classIndex(beyondASCII scalar: UInt32) -> Int {
        var segment = 0
        if segmentStarts.count > 1 {
            var high = segmentStarts.count
            while high - segment > 1 {
                let middle = (segment + high) / 2
                if segmentStarts[middle] <= scalar { segment = middle } else { high = middle }
            }
        }
        return Int(segmentClasses[segment * Self.categoryCount + Int(UnicodeTables.category[scalar])])
    }

    private static func segmentStarts(of sets: [CharacterSet]) -> [UInt32] {
        var starts: Set<UInt32> = [0x80]
        for range in sets.flatMap(\.allRanges) {
            if range.lowerBound > 0x80 { starts.insert(range.lowerBound) }
            if range.upperBound >= 0x80 { starts.insert(range.upperBound + 1) }
        }
        return starts.sorted()
    }

    private mutating func classify(
        _ scalar: UInt32, _ category: UInt8, _ sets: [CharacterSet], _ classes: inout [UInt64: UInt8]
    ) throws(RegexError) -> UInt8 {
        var signature: UInt64 = 0
        for (index, set) in sets.enumerated() where set.contains(scalar, category: category) {
            signature |= 1 << UInt64(index)
        }
        if let known = classes[signature] { return known }
        guard membership.count < 254 else { throw RegexError(message: "too many character classes") }
        let index = UInt8(membership.count)
        classes[signature] = index
        membership.append(signature)
        return index
    }
}
