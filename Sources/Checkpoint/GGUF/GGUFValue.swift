/// A metadata value. Texts and arrays stay in the file until they are requested: a vocabulary of hundreds of thousands
/// of tokens costs one pass over its lengths.
enum GGUFValue: Sendable {
    /// A value of any integer type, if it fits.
    case integer(Int)
    case double(Double)
    case bool(Bool)
    case text(Range<Int>)
    /// The range of the elements' bytes in the file.
    case array(of: GGUFValueType, count: Int, Range<Int>)

    var typeName: String {
        switch self {
        case .integer: "an integer"
        case .double: "a number"
        case .bool: "a boolean"
        case .text: "a string"
        case .array(let type, let count, _): "an array of \(count) \(type)"
        }
    }
}

/// The types of metadata values by their ids in the file.
enum GGUFValueType: UInt32, Sendable {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

    /// Size of a value in bytes; for a type of variable length, its minimum.
    var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64, .string: 8
        case .array: 12
        }
    }
}

extension GGUFReader {
    /// Maximum nesting of arrays; no known file has more than one level.
    private static let maximumArrayDepth = 8

    mutating func valueType(_ what: String) throws(LoadError) -> GGUFValueType {
        let id = try integer(UInt32.self, "the type of \(what)")
        guard let type = GGUFValueType(rawValue: id) else {
            throw failure(expected: "a value type of 0...12 for \(what)", found: "\(id)")
        }
        return type
    }

    /// Reads one value; `what` names it in errors.
    mutating func value(_ type: GGUFValueType, _ what: String, depth: Int = 0) throws(LoadError) -> GGUFValue {
        switch type {
        case .uint8: return .integer(Int(try integer(UInt8.self, what)))
        case .int8: return .integer(Int(try integer(Int8.self, what)))
        case .uint16: return .integer(Int(try integer(UInt16.self, what)))
        case .int16: return .integer(Int(try integer(Int16.self, what)))
        case .uint32: return .integer(Int(try integer(UInt32.self, what)))
        case .int32: return .integer(Int(try integer(Int32.self, what)))
        case .int64: return .integer(Int(try integer(Int64.self, what)))
        case .uint64:
            let value = try integer(UInt64.self, what)
            return Int(exactly: value).map { .integer($0) } ?? .double(Double(value))
        case .float32: return .double(Double(Float(bitPattern: try integer(UInt32.self, what))))
        case .float64: return .double(Double(bitPattern: try integer(UInt64.self, what)))
        case .bool: return .bool(try integer(UInt8.self, what) != 0)
        case .string: return .text(try textRange(what))
        case .array: return try array(what, depth: depth + 1)
        }
    }

    private mutating func array(_ what: String, depth: Int) throws(LoadError) -> GGUFValue {
        guard depth <= Self.maximumArrayDepth else {
            throw failure(expected: "arrays nested at most \(Self.maximumArrayDepth) deep in \(what)", found: "more")
        }
        let type = try valueType("the elements of \(what)")
        let count = try count("elements of \(what)", itemByteCount: type.byteCount)
        let start = offset
        switch type {
        case .string: for _ in 0..<count { _ = try textRange(what) }
        case .array: for _ in 0..<count { _ = try array(what, depth: depth + 1) }
        default: _ = try skip(count * type.byteCount, what)
        }
        return .array(of: type, count: count, start..<offset)
    }
}
