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
}
