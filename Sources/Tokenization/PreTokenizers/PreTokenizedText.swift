/// A text and the pieces it was split into; merges never cross the boundary of a piece.
struct PreTokenizedText {
    /// UTF-8.
    var bytes: [UInt8]
    /// Ascending, non-empty ranges on character boundaries; text outside them was removed.
    var pieces: [Range<Int>]

    /// Creates an unsplit text: one piece, or none if it is empty.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        pieces = bytes.isEmpty ? [] : [0..<bytes.count]
    }

    /// Prepends a byte to every piece that does not start with it.
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
