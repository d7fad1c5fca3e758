/// A text and the pieces it was split into; merges never cross the end of a piece.
struct PreTokenizedText {
    /// UTF-8.
    var bytes: [UInt8]
    /// Ascending, on character boundaries, none empty. Text outside them was removed.
    var pieces: [Range<Int>]

    /// One piece: the whole text.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        pieces = bytes.isEmpty ? [] : [0..<bytes.count]
    }

    /// Puts a byte before every piece that does not start with it.
    mutating func prefixPieces(with prefix: UInt8) {
        guard pieces.contains(where: { bytes[$0.lowerBound] != prefix }) else { return }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + pieces.count)
        for (index, piece) in pieces.enumerated() {
            let start = output.count
            if bytes[piece.lowerBound] != prefix { output.append(prefix) }
            output += bytes[piece]
            pieces[index] = start..<output.count
        }
        bytes = output
    }
}
