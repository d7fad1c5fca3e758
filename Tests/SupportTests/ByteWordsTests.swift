import Support
import Testing

@Suite struct ByteWordsTests {
    private static let bytes = (0..<40).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 5) }

    @Test func `a word has its bytes in little-endian order`() {
        for index in 0..<Self.bytes.count {
            for count in 1...min(8, Self.bytes.count - index) {
                let expected = (0..<count).reduce(UInt64(0)) { $0 | UInt64(Self.bytes[index + $1]) << UInt64(8 * $1) }
                #expect(Self.bytes.span.word(at: index, count: count) == expected)
            }
        }
    }

    @Test(arguments: [UInt8(0), 1, 0x3C, 0x7F, 0x80, 0xFF])
    func `a search by words finds the first match`(_ byte: UInt8) {
        // Neighbours of the byte, which a search in words of eight bytes could mistake for it.
        for other in [byte &+ 1, byte &- 1, byte ^ 0x80, 0] where other != byte {
            for position in 0...20 {
                var bytes = [UInt8](repeating: other, count: 20)
                if position < 20 { bytes[position] = byte }
                for start in 0...20 {
                    #expect(bytes.span.firstIndex(of: byte, from: start) == (start <= position ? position : 20))
                    let nonASCII = bytes[start...].firstIndex { $0 >= 0x80 } ?? 20
                    #expect(bytes.span.firstNonASCII(from: start) == nonASCII)
                }
            }
        }
    }

    @Test func `a text built from parts has all their bytes`() {
        let bytes = Array("0123456789abcdefghijklmnopqrstuvwxyzé".utf8)
        var expected: [UInt8] = []
        var parts: [Range<Int>] = []
        for length in 0...20 {
            for start in [0, 1, bytes.count - length] { parts.append(start..<start + length) }
        }
        for part in parts { expected += bytes[part] }
        for capacity in [expected.count, expected.count + 100] {
            let text = String(utf8Capacity: capacity) { output in
                for part in parts { output.append(part, of: bytes.span) }
            }
            #expect(Array(text.utf8) == Array(String(decoding: expected, as: UTF8.self).utf8))
        }
        let nothing = String(utf8Capacity: 0) { $0.append(0..<0, of: [UInt8]().span) }
        #expect(nothing.isEmpty)
    }
}
