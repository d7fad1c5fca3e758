/// Splits runs of digits into groups of three, counted from the right: 1234567 is 1, 234 and 567.
enum DigitGroups {
    static func split(_ text: inout PreTokenizedText) {
        var pieces: [Range<Int>] = []
        pieces.reserveCapacity(text.pieces.count)
        for piece in text.pieces { append(piece, of: text.bytes.span, to: &pieces) }
        text.pieces = pieces
    }

    private static func append(_ piece: Range<Int>, of bytes: Span<UInt8>, to pieces: inout [Range<Int>]) {
        var taken = piece.lowerBound
        var index = taken
        while index < piece.upperBound {
            let starts = digitStarts(in: bytes, from: index, to: piece.upperBound)
            guard let first = starts.first, let end = starts.last, first < end else {
                index += UTF8Scalars.decode(bytes, at: index).length
                continue
            }
            if taken < first { pieces.append(taken..<first) }
            taken = first
            let count = starts.count - 1
            for group in stride(from: count % 3, through: count, by: 3) where starts[group] > taken {
                pieces.append(taken..<starts[group])
                taken = starts[group]
            }
            index = end
        }
        if taken < piece.upperBound { pieces.append(taken..<piece.upperBound) }
    }

    /// The starts of the digits in a row from `index` on, and the end of the last.
    private static func digitStarts(in bytes: Span<UInt8>, from index: Int, to limit: Int) -> [Int] {
        var starts = [index]
        var index = index
        while index < limit, case let (scalar, length) = UTF8Scalars.decode(bytes, at: index),
            UnicodeCategorySet.numbers.contains(scalar: scalar)
        {
            index += length
            starts.append(index)
        }
        return starts
    }
}
