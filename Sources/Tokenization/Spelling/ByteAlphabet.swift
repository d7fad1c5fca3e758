/// The alphabet in which byte-level vocabularies are spelled: a printable character for each of the 256 bytes.
///
/// Printable Latin-1 stands for itself; the other 68 bytes, in order, are U+0100 and up (OpenAI's GPT-2 encoder).
struct ByteAlphabet: Sendable {
    /// The byte that a character spells, by scalar; nil outside the alphabet.
    private let bytes: [UInt8?]
    /// The character of each byte.
    private let characters: [Unicode.Scalar]

    init() {
        var bytes = [UInt8?](repeating: nil, count: 0x100)
        var shifted: [UInt8?] = []
        for byte in UInt8.min...UInt8.max {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: bytes[Int(byte)] = byte
            default: shifted.append(byte)
            }
        }
        self.bytes = bytes + shifted
        var characters = [Unicode.Scalar](repeating: " ", count: 256)
        for (scalar, byte) in self.bytes.enumerated() {
            if let byte, let character = Unicode.Scalar(UInt32(scalar)) { characters[Int(byte)] = character }
        }
        self.characters = characters
    }

    /// Appends the bytes that a part of a UTF-8 spelling stands for; returns false, with unspecified bytes appended, if
    /// a character is outside the alphabet.
    func append(_ spelling: Span<UInt8>, _ part: Range<Int>, to output: inout [UInt8]) -> Bool {
        var lead: UInt8?
        for index in part {
            let unit = spelling[index]
            if unit & 0xC0 == 0xC0 {
                lead = unit
                continue
            }
            // Characters of the alphabet have at most two bytes; all others lie beyond the table.
            let scalar = lead.map { Int($0 & 0x3F) << 6 | Int(unit & 0x3F) } ?? Int(unit)
            guard scalar < bytes.count, let byte = bytes[scalar] else { return false }
            output.append(byte)
            lead = nil
        }
        return true
    }

    /// The spelling of bytes in the alphabet.
    func spelling(of bytes: some Sequence<UInt8>) -> String {
        var spelling = String.UnicodeScalarView()
        for byte in bytes { spelling.append(characters[Int(byte)]) }
        return String(spelling)
    }
}
