package import Support

/// The members of a JSON object in a file, read by key with type checks. A null counts as absent.
package struct JSONFields: Sendable {
    /// The file's name in messages.
    package let file: String
    /// The members, nulls included.
    package var object: JSONObject
    /// Prefix of keys in messages: for a nested object, its own key and a dot.
    private let path: String
    /// The members that have been read, those of nested objects with their whole path.
    private let read: ReadNames

    package init(file: String, object: JSONObject) {
        self.init(file: file, object: object, path: "", read: ReadNames())
    }

    private init(file: String, object: JSONObject, path: String, read: ReadNames) {
        self.file = file
        self.object = object
        self.path = path
        self.read = read
    }

    /// Maximum size of a configuration, index or tokenizer file in bytes.
    private static let maximumByteCount = 512 << 20

    /// Reads a file; throws if it is missing, too large or not a JSON object.
    package init(path: String) throws(LoadError) {
        let file = try MappedFile(path: path)
        guard file.byteCount <= Self.maximumByteCount else {
            throw LoadError(
                file: file.name, expected: "at most \(Self.maximumByteCount) bytes", found: "\(file.byteCount)")
        }
        try self.init(file: file.name, parsing: file.bytes(0..<file.byteCount))
    }

    init(file: String, parsing text: [UInt8]) throws(LoadError) {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: text)
        } catch {
            throw LoadError(file: file, expected: "JSON", found: "\(error)")
        }
        guard let object = value.objectValue else {
            throw LoadError(file: file, expected: "a JSON object", found: value.typeName)
        }
        self.init(file: file, object: object)
    }

    /// The value of a member, which then counts as read; nil if absent or null.
    package subscript(key: String) -> JSONValue? {
        read.insert(path + key)
        return if let value = object[key], !value.isNull { value } else { nil }
    }

    /// Throws for a member that has not been read and that could change the model's results.
    package func requireAllRead() throws(LoadError) {
        for (key, value) in object.members
        where !hasRead(key) && !value.isUnset && !HarmlessNames.settings.contains(key) {
            throw failure(key, expected: "a setting that is honoured here", found: String(value.serialized.prefix(80)))
        }
    }

    /// Whether a member has been read; that of a nested object with its path, such as `rope_parameters.factor`.
    package func hasRead(_ key: String) -> Bool { read.contains(path + key) }

    /// An error about a key that names the file.
    package func failure(_ key: String, expected: String, found: String) -> LoadError {
        LoadError(file: file, message: "\(path)\(key): expected \(expected), found \(found)")
    }

    /// The integer at a key; nil if absent. Throws for another type and for a value outside `range`.
    package func int(_ key: String, in range: ClosedRange<Int>) throws(LoadError) -> Int? {
        try value(key, "an integer in \(range.lowerBound)...\(range.upperBound)") { value in
            value.intValue.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// The number at a key; nil if absent. Throws for another type and for a value outside `range`.
    package func double(_ key: String, in range: ClosedRange<Double>) throws(LoadError) -> Double? {
        try value(key, "a number in \(range.lowerBound)...\(range.upperBound)") { value in
            value.doubleValue.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// The boolean at a key; nil if absent. Throws for another type.
    package func bool(_ key: String) throws(LoadError) -> Bool? { try value(key, "a boolean", \.boolValue) }

    /// The string at a key; nil if absent. Throws for another type.
    package func string(_ key: String) throws(LoadError) -> String? { try value(key, "a string", \.stringValue) }

    /// The object at a key; nil if absent. Throws for another type.
    package func object(_ key: String) throws(LoadError) -> JSONObject? { try value(key, "an object", \.objectValue) }

    /// The members of a nested object; empty if the key is missing.
    package func nested(_ key: String) throws(LoadError) -> JSONFields {
        JSONFields(file: file, object: try object(key) ?? JSONObject(), path: "\(path)\(key).", read: read)
    }

    /// The list of strings at a key; nil if absent. Throws for another type.
    package func strings(_ key: String) throws(LoadError) -> [String]? {
        try value(key, "a list of strings") { $0.arrayValue.flatMap { Self.all($0, \.stringValue) } }
    }

    /// The list of numbers at a key; nil if absent. Throws for another type.
    package func doubles(_ key: String) throws(LoadError) -> [Double]? {
        try value(key, "a list of numbers") { $0.arrayValue.flatMap { Self.all($0, \.doubleValue) } }
    }

    /// The list of integers at a key; nil if absent. Throws for another type.
    package func ints(_ key: String) throws(LoadError) -> [Int]? {
        try value(key, "a list of integers") { $0.arrayValue.flatMap { Self.all($0, \.intValue) } }
    }

    /// The token id at a key, or the list of them, as in `eos_token_id`; nil if absent. Throws for another type.
    package func tokenIDs(_ key: String) throws(LoadError) -> [Int]? {
        try value(key, "a token id or a list of them") { value in
            Self.all(value.arrayValue ?? [value]) { element in
                element.intValue.flatMap { (0...Int(Int32.max)).contains($0) ? $0 : nil }
            }
        }
    }

    private func value<Value>(
        _ key: String, _ expected: String, _ convert: (JSONValue) -> Value?
    ) throws(LoadError) -> Value? {
        guard let value = self[key] else { return nil }
        guard let converted = convert(value) else {
            throw failure(key, expected: expected, found: String(value.serialized.prefix(80)))
        }
        return converted
    }

    private static func all<Value>(_ elements: [JSONValue], _ convert: (JSONValue) -> Value?) -> [Value]? {
        let converted = elements.compactMap(convert)
        return converted.count == elements.count ? converted : nil
    }
}
