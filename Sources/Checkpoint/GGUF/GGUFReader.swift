/// A cursor over the header of a GGUF file, which is untrusted: every length is checked against the rest of the file
/// before it is used, so time and memory are bounded by the file's size. `what` names the item in errors.
struct GGUFReader {
    let file: MappedFile
    private(set) var offset = 0

    init(file: MappedFile) { self.file = file }

    var remaining: Int { file.byteCount - offset }

    func failure(expected: String, found: String) -> LoadError {
        LoadError(file: file.name, expected: expected, found: found)
    }

    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, _ what: @autoclosure () -> String
    ) throws(LoadError) -> Value {
        let start = try skip(MemoryLayout<Value>.size, what()).lowerBound
        return file.integer(at: start, as: type)
    }

    /// Advances over `count` bytes and returns their range.
    mutating func skip(_ count: Int, _ what: @autoclosure () -> String) throws(LoadError) -> Range<Int> {
        guard count <= remaining else {
            throw failure(expected: "\(count) bytes of \(what()) at byte \(offset)", found: "\(remaining)")
        }
        defer { offset += count }
        return offset..<offset + count
    }

    /// Reads a count of items of at least `itemByteCount` bytes each.
    mutating func count(_ what: @autoclosure () -> String, itemByteCount: Int) throws(LoadError) -> Int {
        let value = try integer(UInt64.self, "the number of \(what())")
        let limit = remaining / itemByteCount
        guard value <= limit else { throw failure(expected: "at most \(limit) \(what())", found: "\(value)") }
        return Int(value)
    }

    /// Reads a length, advances over the text after it and returns the text's range.
    mutating func textRange(_ what: @autoclosure () -> String) throws(LoadError) -> Range<Int> {
        try skip(count("bytes of \(what())", itemByteCount: 1), what())
    }

    mutating func text(_ what: String) throws(LoadError) -> String {
        let range = try textRange(what)
        guard let text = file.text(range) else {
            throw failure(expected: "UTF-8 in \(what)", found: "other bytes at byte \(range.lowerBound)")
        }
        return text
    }

    /// Reads magic number and version; throws unless the file is a little-endian GGUF file of version 2 or 3.
    mutating func version() throws(LoadError) -> Int {
        let magic = try integer(UInt32.self, "the magic number")
        guard magic == 0x4655_4747 else {
            throw failure(expected: "the magic 'GGUF'", found: "0x\(String(magic, radix: 16))")
        }
        let version = try integer(UInt32.self, "the version")
        guard version == 2 || version == 3 else {
            let isSwapped = (1...3).contains(version.byteSwapped)
            throw failure(
                expected: isSwapped ? "a little-endian file" : "version 2 or 3",
                found: isSwapped ? "a big-endian one" : "\(version)")
        }
        return Int(version)
    }
}
