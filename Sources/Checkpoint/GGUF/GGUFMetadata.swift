/// The key-value pairs of a GGUF file. An absent key gives nil; a value of another type throws, naming file and key.
package struct GGUFMetadata: Sendable {
    private let file: MappedFile
    private var values: [String: GGUFValue] = [:]
    private let read = ReadNames()

    /// Reads `count` pairs.
    init(_ reader: inout GGUFReader, count: Int) throws(LoadError) {
        file = reader.file
        for _ in 0..<count {
            let key = try reader.text("a metadata key")
            let value = try reader.value(reader.valueType(key), key)
            guard values.updateValue(value, forKey: key) == nil else {
                throw reader.failure(expected: "each metadata key once", found: "'\(key)' twice")
            }
        }
    }

    /// Whether a key is present; it then counts as read.
    package func contains(_ key: String) -> Bool { value(key) != nil }

    private func value(_ key: String) -> GGUFValue? {
        read.insert(key)
        return values[key]
    }

    /// Throws for a key with this prefix that has not been read and that could change the model's results.
    func requireAllRead(prefix: String) throws(LoadError) {
        let unread = values.filter { key, value in
            key.hasPrefix(prefix) && !read.contains(key) && !value.isUnset
                && !HarmlessNames.metadata.contains(String(key.dropFirst(prefix.count)))
        }
        guard let key = unread.keys.min() else { return }
        throw failure(key, expected: "a setting that is honoured here", found: values[key]?.typeName ?? "none")
    }

    func failure(_ key: String, expected: String, found: String) -> LoadError {
        LoadError(file: file.name, message: "\(key): expected \(expected), found \(found)")
    }

    /// The integer at a key; nil if absent. Throws for another type and for a value outside `range`.
    package func int(_ key: String, in range: ClosedRange<Int>) throws(LoadError) -> Int? {
        guard let value = value(key) else { return nil }
        guard case .integer(let integer) = value, range.contains(integer) else {
            let found = if case .integer(let integer) = value { "\(integer)" } else { value.typeName }
            throw failure(key, expected: "an integer in \(range.lowerBound)...\(range.upperBound)", found: found)
        }
        return integer
    }

    /// The number at a key, an integer or a float; nil if absent. Throws for another type and unless it is finite.
    package func double(_ key: String) throws(LoadError) -> Double? {
        switch value(key) {
        case nil: return nil
        case .integer(let value): return Double(value)
        case .double(let value) where value.isFinite: return value
        case let value?: throw failure(key, expected: "a finite number", found: value.typeName)
        }
    }

    /// The boolean at a key; nil if absent. Throws for another type.
    package func bool(_ key: String) throws(LoadError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .bool(let flag) = value else { throw failure(key, expected: "a boolean", found: value.typeName) }
        return flag
    }

    /// Whether there is an array at a key.
    func isArray(_ key: String) -> Bool { if case .array = values[key] { true } else { false } }

    /// The array of booleans at a key; nil if absent. Throws for another type.
    package func bools(_ key: String) throws(LoadError) -> [Bool]? {
        guard let value = value(key) else { return nil }
        guard case .array(of: .bool, let count, let range) = value else {
            throw failure(key, expected: "an array of booleans", found: value.typeName)
        }
        return (0..<count).map { file.integer(at: range.lowerBound + $0, as: UInt8.self) != 0 }
    }

    /// The string at a key; nil if absent. Throws for another type and unless it is UTF-8.
    package func string(_ key: String) throws(LoadError) -> String? {
        guard let value = value(key) else { return nil }
        guard case .text(let range) = value else { throw failure(key, expected: "a string", found: value.typeName) }
        return try text(range, key)
    }

    /// The array of strings at a key; nil if absent. Throws for another type and unless all are UTF-8.
    package func strings(_ key: String) throws(LoadError) -> [String]? {
        guard let value = value(key) else { return nil }
        guard case .array(of: .string, let count, let range) = value else {
            throw failure(key, expected: "an array of strings", found: value.typeName)
        }
        var texts: [String] = []
        texts.reserveCapacity(count)
        var offset = range.lowerBound
        for _ in 0..<count {
            let start = offset + 8
            offset = start + Int(file.integer(at: offset, as: UInt64.self))
            texts.append(try text(start..<offset, key))
        }
        return texts
    }

    /// The indices of some texts in an array of strings, of which no others are decoded; empty if the array is absent.
    func indices(of texts: Set<String>, in key: String) throws(LoadError) -> [String: Int] {
        guard let value = value(key) else { return [:] }
        guard case .array(of: .string, let count, let range) = value else {
            throw failure(key, expected: "an array of strings", found: value.typeName)
        }
        let (lengths, beginnings) = (Set(texts.map(\.utf8.count)), Set(texts.compactMap(\.utf8.first)))
        var indices: [String: Int] = [:]
        var offset = range.lowerBound
        for index in 0..<count {
            let (start, length) = (offset + 8, Int(file.integer(at: offset, as: UInt64.self)))
            offset = start + length
            guard lengths.contains(length), beginnings.contains(file.integer(at: start, as: UInt8.self)),
                let text = file.text(start..<offset), texts.contains(text)
            else { continue }
            indices[text] = indices[text] ?? index
        }
        return indices
    }

    /// The array of 32-bit or signed 64-bit integers at a key; nil if absent. Throws for another type.
    package func ints(_ key: String) throws(LoadError) -> [Int]? {
        guard let value = value(key) else { return nil }
        switch value {
        case .array(of: .int32, let count, let range): return elements(Int32.self, count, range)
        case .array(of: .uint32, let count, let range): return elements(UInt32.self, count, range)
        case .array(of: .int64, let count, let range): return elements(Int64.self, count, range)
        default: throw failure(key, expected: "an array of integers", found: value.typeName)
        }
    }

    /// The array of 32-bit floats at a key; nil if absent. Throws for another type.
    package func floats(_ key: String) throws(LoadError) -> [Float]? {
        guard let value = value(key) else { return nil }
        guard case .array(of: .float32, let count, let range) = value else {
            throw failure(key, expected: "an array of numbers", found: value.typeName)
        }
        return (0..<count).map { Float(bitPattern: file.integer(at: range.lowerBound + 4 * $0, as: UInt32.self)) }
    }

    /// The number of elements of the array at a key, without reading them; nil if absent. Throws for another type.
    package func elementCount(_ key: String) throws(LoadError) -> Int? {
        guard let value = value(key) else { return nil }
        guard case .array(_, let count, _) = value else {
            throw failure(key, expected: "an array", found: value.typeName)
        }
        return count
    }

    private func text(_ range: Range<Int>, _ key: String) throws(LoadError) -> String {
        guard let text = file.text(range) else {
            throw failure(key, expected: "UTF-8", found: "other bytes at byte \(range.lowerBound)")
        }
        return text
    }

    private func elements<Element: FixedWidthInteger & BitwiseCopyable>(
        _ type: Element.Type, _ count: Int, _ range: Range<Int>
    ) -> [Int] {
        (0..<count).map { Int(file.integer(at: range.lowerBound + MemoryLayout<Element>.size * $0, as: type)) }
    }
}
