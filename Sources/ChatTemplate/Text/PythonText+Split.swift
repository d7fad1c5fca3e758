extension PythonText {
    /// `split` at a separator, which must not be empty; cuts at most `limit` times, from the left.
    static func split(_ text: String, separator: String, limit: Int) -> [String] {
        let bytes = Array(text.utf8)
        let cuts = ByteSearch.all(of: Array(separator.utf8), in: bytes[...], limit: limit)
        return pieces(of: bytes, cuts: cuts, width: separator.utf8.count)
    }

    /// `rsplit` at a separator.
    static func splitFromRight(_ text: String, separator: String, limit: Int) -> [String] {
        let bytes = Array(text.utf8)
        let reversed = Array(bytes.reversed())
        let found = ByteSearch.all(of: separator.utf8.reversed(), in: reversed[...], limit: limit)
        let width = separator.utf8.count
        return pieces(of: bytes, cuts: found.reversed().map { bytes.count - $0 - width }, width: width)
    }

    private static func pieces(of bytes: [UInt8], cuts: [Int], width: Int) -> [String] {
        var pieces: [String] = []
        var start = 0
        for cut in cuts {
            pieces.append(String(bytes: bytes[start..<cut]))
            start = cut + width
        }
        pieces.append(String(bytes: bytes[start...]))
        return pieces
    }

    /// `split` at whitespace; cuts at most `limit` times. The rest after the last cut loses only leading whitespace.
    static func splitWords(_ text: String, limit: Int) -> [String] {
        var words: [String] = []
        var rest = Substring(text).unicodeScalars.drop(while: isSpace)
        while !rest.isEmpty {
            if words.count >= limit {
                words.append(String(rest))
                return words
            }
            let word = rest.prefix { !isSpace($0) }
            words.append(String(word))
            rest = rest[word.endIndex...].drop(while: isSpace)
        }
        return words
    }

    /// `rsplit` at whitespace.
    static func splitWordsFromRight(_ text: String, limit: Int) -> [String] {
        let reversed = splitWords(reversed(text), limit: limit)
        return reversed.reversed().map(self.reversed)
    }

    /// The code points in reverse order.
    static func reversed(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.reversed()))
    }

    /// `replace`; an empty `old` matches before each code point and at the end. A negative `limit` means no limit.
    static func replace(_ text: String, _ old: String, with new: String, limit: Int = -1) -> String {
        let limit = limit < 0 ? Int.max : limit
        guard old.isEmpty else {
            let pieces = split(text, separator: old, limit: limit)
            return pieces.count == 1 ? text : pieces.joined(separator: new)
        }
        var result = ""
        var count = 0
        for scalar in text.unicodeScalars {
            if count < limit { result += new }
            count += 1
            result.unicodeScalars.append(scalar)
        }
        return count < limit ? result + new : result
    }

    /// The number of matches that `replace` would find.
    static func count(of old: String, in text: String) -> Int {
        guard !old.isEmpty else { return text.unicodeScalars.count + 1 }
        return ByteSearch.all(of: Array(old.utf8), in: Array(text.utf8)[...]).count
    }
}
