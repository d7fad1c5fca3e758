/// Substring search over UTF-8, in linear time for any input (Knuth, Morris and Pratt).
///
/// UTF-8 is self-synchronising: a match of bytes is a match of code points.
enum ByteSearch {
    /// The offset of the first match, as an index of `haystack`.
    static func first(of needle: [UInt8], in haystack: ArraySlice<UInt8>) -> Int? {
        var found: Int?
        scan(for: needle, in: haystack) { position in
            found = position
            return false
        }
        return found
    }

    /// The offset of the last match.
    static func last(of needle: [UInt8], in haystack: ArraySlice<UInt8>) -> Int? {
        guard !needle.isEmpty else { return haystack.endIndex }
        let reversed = Array(haystack.reversed())
        return first(of: needle.reversed(), in: reversed[...]).map { haystack.endIndex - $0 - needle.count }
    }

    /// The offsets of at most `limit` matches that do not overlap, from the left.
    static func all(of needle: [UInt8], in haystack: ArraySlice<UInt8>, limit: Int = .max) -> [Int] {
        var positions: [Int] = []
        guard limit > 0 else { return [] }
        scan(for: needle, in: haystack) { position in
            positions.append(position)
            return positions.count < limit
        }
        return positions
    }

    /// Calls `body` with each match until it returns false. An empty needle matches once, at the start.
    private static func scan(for needle: [UInt8], in haystack: ArraySlice<UInt8>, _ body: (Int) -> Bool) {
        guard let firstByte = needle.first else {
            _ = body(haystack.startIndex)
            return
        }
        guard needle.count <= haystack.count else { return }
        let borders = needle.count > 1 ? borders(of: needle) : [0]
        var matched = 0
        var index = haystack.startIndex
        while index < haystack.endIndex {
            let byte = haystack[index]
            if matched == 0, byte != firstByte {
                index += 1
                continue
            }
            while matched > 0, byte != needle[matched] { matched = borders[matched - 1] }
            if byte == needle[matched] { matched += 1 }
            index += 1
            if matched == needle.count {
                matched = 0
                if !body(index - needle.count) { return }
            }
        }
    }

    /// For each prefix of `needle`, the length of its longest proper prefix that is also its suffix.
    private static func borders(of needle: [UInt8]) -> [Int] {
        var borders = [Int](repeating: 0, count: needle.count)
        var length = 0
        for index in 1..<needle.count {
            while length > 0, needle[index] != needle[length] { length = borders[length - 1] }
            if needle[index] == needle[length] { length += 1 }
            borders[index] = length
        }
        return borders
    }
}

extension String {
    init(bytes: some Collection<UInt8>) { self.init(decoding: bytes, as: UTF8.self) }
}
