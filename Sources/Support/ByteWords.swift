extension Span<UInt8> {
    /// The `count` bytes (1 to 8) from `index` on as a number, the first byte in its low end, zeros above the last.
    @inlinable
    package func word(at index: Int, count: Int) -> UInt64 {
        guard index <= self.count - 8 else { return wordNearEnd(at: index, count: count) }
        let word = unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
        return word & (UInt64.max &>> UInt64(64 - 8 * count))
    }

    @usableFromInline
    package func wordNearEnd(at index: Int, count: Int) -> UInt64 {
        var word: UInt64 = 0
        for offset in 0..<count { word |= UInt64(self[index + offset]) << UInt64(8 * offset) }
        return word
    }

    /// The first index from `start` on whose byte is outside ASCII; the count where there is none.
    @inlinable
    package func firstNonASCII(from start: Int) -> Int {
        var index = start
        while index <= count - 8, word(at: index, count: 8) & 0x8080_8080_8080_8080 == 0 { index += 8 }
        while index < count, self[index] < 0x80 { index += 1 }
        return index
    }
}
