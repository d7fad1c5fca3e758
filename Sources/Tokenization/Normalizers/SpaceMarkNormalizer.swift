internal import Support

/// Makes every `▁` a space: text is merged in the form that the vocabulary has inside.
struct SpaceMarkNormalizer: Normalizer {
    func normalize(_ bytes: inout [UInt8]) {
        if let replaced = Self.replaced(bytes) { bytes = replaced }
    }

    /// The text with spaces for marks; nil if it has none.
    private static func replaced(_ bytes: [UInt8]) -> [UInt8]? {
        let text = bytes.span
        guard var index = nextMark(in: text, from: 0) else { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var taken = 0
        while true {
            output += bytes[taken..<index]
            output.append(Spaces.space)
            taken = index + 3
            guard let next = nextMark(in: text, from: taken) else { break }
            index = next
        }
        output += bytes[taken...]
        return output
    }

    private static func nextMark(in text: Span<UInt8>, from start: Int) -> Int? {
        var index = text.firstIndex(of: 0xE2, from: start)
        while index < text.count {
            if Spaces.isMark(text, at: index, to: text.count) { return index }
            index = text.firstIndex(of: 0xE2, from: index + 1)
        }
        return nil
    }
}
