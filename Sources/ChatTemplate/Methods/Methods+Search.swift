extension Methods {
    static let searchTable: [String: Operation] = [
        "startswith": affix { text, affix in text.starts(with: affix) },
        "endswith": affix { text, affix in text.reversed().starts(with: affix.reversed()) },
        "find": find(fromRight: false, required: false),
        "rfind": find(fromRight: true, required: false),
        "index": find(fromRight: false, required: true),
        "rindex": find(fromRight: true, required: true),
        "count": Operation("_sub", "_start?", "_end?") { value, arguments, i throws(ChatTemplateError) in
            let part = try Part(try i.text(of: value), arguments, at: 1)
            guard part.isValid else { return .integer(0) }
            return .integer(Int128(PythonText.count(of: try arguments.text(0), in: String(bytes: part.bytes))))
        },
    ]

    /// The part of a string between two code point positions, as bytes.
    private struct Part {
        let bytes: ArraySlice<UInt8>
        /// Position of the part's first code point.
        let start: Int
        /// Whether the start is not after the end.
        let isValid: Bool

        /// Reads `start` and `end` from the arguments at `index` and `index + 1`.
        init(_ text: String, _ arguments: BoundArguments, at index: Int) throws(ChatTemplateError) {
            let all = Array(text.utf8)
            guard arguments.given(index) != nil || arguments.given(index + 1) != nil else {
                bytes = all[...]
                start = 0
                isValid = true
                return
            }
            let scalars = text.unicodeScalars
            let count = scalars.count
            func bound(_ index: Int, _ fallback: Int) throws(ChatTemplateError) -> Int {
                let bound = arguments.given(index) == nil ? fallback : try arguments.integer(index)
                return max(bound < 0 ? bound + count : bound, 0)
            }
            start = try bound(index, 0)
            let end = min(try bound(index + 1, count), count)
            isValid = start <= end
            guard isValid else {
                bytes = []
                return
            }
            let first = scalars.index(scalars.startIndex, offsetBy: start)
            let last = scalars.index(first, offsetBy: end - start)
            let from = text.utf8.distance(from: text.startIndex, to: first)
            bytes = all[from..<(from + text.utf8.distance(from: first, to: last))]
        }
    }

    private static func affix(
        _ holds: @escaping @Sendable (ArraySlice<UInt8>, [UInt8]) -> Bool
    ) -> Operation {
        Operation("_affix", "_start?", "_end?") { value, arguments, i throws(ChatTemplateError) in
            let part = try Part(try i.text(of: value), arguments, at: 1)
            var affixes = [arguments.required(0)]
            if case .tuple(let list) = affixes[0] { affixes = list.elements }
            for affix in affixes {
                guard let text = affix.text else {
                    throw .runtime("expected a string or a tuple of strings, not \(affix.typeName)")
                }
                if part.isValid, holds(part.bytes, Array(text.utf8)) { return .bool(true) }
            }
            return .bool(false)
        }
    }

    private static func find(fromRight: Bool, required: Bool) -> Operation {
        Operation("_sub", "_start?", "_end?") { value, arguments, i throws(ChatTemplateError) in
            let part = try Part(try i.text(of: value), arguments, at: 1)
            let needle = Array(try arguments.text(0).utf8)
            let found =
                fromRight
                ? ByteSearch.last(of: needle, in: part.bytes) : ByteSearch.first(of: needle, in: part.bytes)
            guard part.isValid, let found else {
                if required { throw .runtime("substring not found") }
                return .integer(-1)
            }
            let before = String(bytes: part.bytes[..<found]).unicodeScalars.count
            return .integer(Int128(part.start + before))
        }
    }
}
