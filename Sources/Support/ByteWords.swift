extension Span<UInt8> {
    /// The `count` bytes (1 to 8) from `index` on as a little-endian number, with zeros above them.
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

    /// The first index from `start` on that holds the byte; `count` if there is none.
    @inlinable
    package func firstIndex(of byte: UInt8, from start: Int) -> Int {
        let low = UInt64(0x0101_0101_0101_0101)
        var index = start
        while index <= count - 8 {
            // A borrow from the high bit of a byte shows that it, or one below it, is zero.
            let difference = word(at: index, count: 8) ^ (low &* UInt64(byte))
            let zeros = (difference &- low) & ~difference & (low << 7)
            if zeros != 0 { return index + zeros.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count, self[index] != byte { index += 1 }
        return index
    }

    /// The first index from `start` on whose byte is not ASCII; `count` if there is none.
    @inlinable
    package func firstNonASCII(from start: Int) -> Int {
        var index = start
        while index <= count - 8, word(at: index, count: 8) & 0x8080_8080_8080_8080 == 0 { index += 8 }
        while index < count, self[index] < 0x80 { index += 1 }
        return index
    }
}

extension OutputSpan<UInt8> {
    /// Appends the bytes of `bytes` in the range `part`.
    @inlinable
    package mutating func append(_ part: Range<Int>, of bytes: Span<UInt8>) {
        precondition(part.lowerBound >= 0 && part.upperBound <= bytes.count && part.count <= freeCapacity)
        guard !part.isEmpty else { return }
        // Copying a constant number of bytes is one move; the next append overwrites the excess.
        let isOneMove = part.count <= 16 && part.lowerBound <= bytes.count - 16 && freeCapacity >= 16
        unsafe bytes.withUnsafeBytes { source in
            unsafe withUnsafeMutableBufferPointer { output, count in
                let target = unsafe UnsafeMutableRawPointer(output.baseAddress.unsafelyUnwrapped + count)
                let start = unsafe source.baseAddress.unsafelyUnwrapped + part.lowerBound
                if isOneMove {
                    unsafe target.copyMemory(from: start, byteCount: 16)
                } else {
                    unsafe target.copyMemory(from: start, byteCount: part.count)
                }
                count += part.count
            }
        }
    }
}

extension String {
    /// Creates a text from the UTF-8 that `write` appends, at most `capacity` bytes; invalid UTF-8 becomes U+FFFD.
    @inlinable
    package init(utf8Capacity capacity: Int, initializingWith write: (inout OutputSpan<UInt8>) -> Void) {
        unsafe self.init(unsafeUninitializedCapacity: capacity) { buffer in
            var output = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
            write(&output)
            return unsafe output.finalize(for: buffer)
        }
    }
}
