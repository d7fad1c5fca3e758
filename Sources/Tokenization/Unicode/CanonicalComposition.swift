internal import Support

/// Normalization Form C (Unicode Standard Annex 15) over UTF-8.
///
/// Only stretches with a scalar that may change, move or combine are processed, from the stable scalar before them up
/// to the next stable one; everything else, including all ASCII, is copied.
enum CanonicalComposition {
    /// The text in NFC; nil if it has no unstable scalar and so is in NFC already.
    static func normalized(_ bytes: [UInt8]) -> [UInt8]? {
        guard var stretch = unstableStretch(in: bytes.span, from: 0) else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var copied = 0
        while true {
            output += bytes[copied..<stretch.lowerBound]
            appendComposed(bytes.span, stretch, to: &output)
            copied = stretch.upperBound
            guard let next = unstableStretch(in: bytes.span, from: copied) else { break }
            stretch = next
        }
        output += bytes[copied...]
        return output
    }

    /// The next run of unstable scalars, with the stable scalar before it; nil if there is none.
    private static func unstableStretch(in bytes: Span<UInt8>, from start: Int) -> Range<Int>? {
        let unstable = UnicodeTables.unstable
        var index = start
        var previous = start
        while true {
            let other = bytes.firstNonASCII(from: index)
            if other > index { previous = other - 1 }
            index = other
            guard index < bytes.count else { return nil }
            let (scalar, length) = UTF8Scalars.decode(bytes, at: index)
            if unstable[scalar] == 1 { break }
            previous = index
            index += length
        }
        while index < bytes.count {
            let (scalar, length) = UTF8Scalars.decode(bytes, at: index)
            if unstable[scalar] == 0 { break }
            index += length
        }
        return previous..<index
    }

    private static func appendComposed(_ bytes: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8]) {
        var scalars: [UInt32] = []
        var index = range.lowerBound
        while index < range.upperBound {
            let (scalar, length) = UTF8Scalars.decode(bytes, at: index)
            appendDecomposition(of: scalar, to: &scalars)
            index += length
        }
        reorder(&scalars)
        compose(&scalars)
        for scalar in scalars { UTF8Scalars.append(scalar, to: &output) }
    }

    private static func appendDecomposition(of scalar: UInt32, to scalars: inout [UInt32]) {
        if let parts = Hangul.decompose(scalar) {
            scalars += parts
            return
        }
        let keys = UnicodeTables.decomposableScalars
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < keys.count, keys[low] == scalar else { return scalars.append(scalar) }
        let start = Int(UnicodeTables.decompositionOffsets[low])
        let end = Int(UnicodeTables.decompositionOffsets[low + 1])
        scalars += UnicodeTables.decompositionScalars[start..<end]
    }

    /// Applies canonical ordering: sorts each run of non-starters stably by combining class.
    private static func reorder(_ scalars: inout [UInt32]) {
        var start = 0
        while start < scalars.count {
            guard UnicodeTables.combiningClass[scalars[start]] != 0 else {
                start += 1
                continue
            }
            var end = start
            var keys: [UInt64] = []
            while end < scalars.count, case let combiningClass = UnicodeTables.combiningClass[scalars[end]],
                combiningClass != 0
            {
                keys.append(UInt64(combiningClass) << 48 | UInt64(end))
                end += 1
            }
            keys.sort()
            let ordered = keys.map { scalars[Int($0 & 0xFFFF_FFFF_FFFF)] }
            scalars.replaceSubrange(start..<end, with: ordered)
            start = end
        }
    }

    /// Composes in place: each scalar combines with the last starter unless a scalar between them blocks it.
    private static func compose(_ scalars: inout [UInt32]) {
        var count = 0
        var starter: Int?
        var lastClass: UInt8 = 0
        for scalar in scalars {
            let combiningClass = UnicodeTables.combiningClass[scalar]
            if let position = starter, position == count - 1 || (lastClass < combiningClass && lastClass != 0),
                let composite = composite(scalars[position], scalar)
            {
                scalars[position] = composite
                continue
            }
            scalars[count] = scalar
            if combiningClass == 0 { starter = count }
            lastClass = combiningClass
            count += 1
        }
        scalars.removeLast(scalars.count - count)
    }

    private static func composite(_ first: UInt32, _ second: UInt32) -> UInt32? {
        Hangul.compose(first, second) ?? composites[UInt64(first) << 32 | UInt64(second)]
    }

    private static let composites: [UInt64: UInt32] = {
        let triples = UnicodeTables.composites
        var table = [UInt64: UInt32](minimumCapacity: triples.count / 3)
        for index in stride(from: 0, to: triples.count, by: 3) {
            table[UInt64(triples[index]) << 32 | UInt64(triples[index + 1])] = triples[index + 2]
        }
        return table
    }()
}

/// Hangul syllables, which decompose and compose by arithmetic (Unicode Standard, section 3.12).
private enum Hangul {
    static let syllableBase: UInt32 = 0xAC00
    static let leadBase: UInt32 = 0x1100
    static let vowelBase: UInt32 = 0x1161
    static let trailBase: UInt32 = 0x11A7
    static let leadCount: UInt32 = 19
    static let vowelCount: UInt32 = 21
    static let trailCount: UInt32 = 28
    static let syllableCount = leadCount * vowelCount * trailCount

    static func decompose(_ scalar: UInt32) -> [UInt32]? {
        guard scalar >= syllableBase, scalar < syllableBase + syllableCount else { return nil }
        let index = scalar - syllableBase
        let lead = leadBase + index / (vowelCount * trailCount)
        let vowel = vowelBase + index % (vowelCount * trailCount) / trailCount
        let trail = index % trailCount
        return trail == 0 ? [lead, vowel] : [lead, vowel, trailBase + trail]
    }

    static func compose(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if first >= leadBase, first < leadBase + leadCount, second >= vowelBase, second < vowelBase + vowelCount {
            return syllableBase + ((first - leadBase) * vowelCount + second - vowelBase) * trailCount
        }
        if first >= syllableBase, first < syllableBase + syllableCount, (first - syllableBase) % trailCount == 0,
            second > trailBase, second < trailBase + trailCount
        {
            return first + second - trailBase
        }
        return nil
    }
}
