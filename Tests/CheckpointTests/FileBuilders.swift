import Support

/// Returns the bytes of a safetensors file with this header text; `length` allows a wrong length field.
func safeTensors(header: String, length: UInt64? = nil, dataByteCount: Int = 0) -> [UInt8] {
    littleEndian(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: dataByteCount)
}

func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// Writes small GGUF files, including invalid ones.
struct GGUFBuilder {
    var magic: [UInt8] = Array("GGUF".utf8)
    var version: [UInt8] = littleEndian(UInt32(3))
    var pairs: [[UInt8]] = []
    var tensors: [[UInt8]] = []
    var pairCount: UInt64?
    var tensorCount: UInt64?
    var dataByteCount = 0

    static func text(_ value: String) -> [UInt8] { littleEndian(UInt64(value.utf8.count)) + Array(value.utf8) }

    mutating func add(_ key: String, type: UInt32, _ value: [UInt8]) {
        pairs.append(Self.text(key) + littleEndian(type) + value)
    }

    mutating func add(_ key: String, _ value: String) { add(key, type: 8, Self.text(value)) }

    mutating func add(_ key: String, _ value: UInt32) { add(key, type: 4, littleEndian(value)) }

    mutating func add(_ key: String, _ value: Float) { add(key, type: 6, littleEndian(value.bitPattern)) }

    mutating func add(_ key: String, _ values: [String]) {
        add(key, type: 9, littleEndian(UInt32(8)) + littleEndian(UInt64(values.count)) + values.flatMap(Self.text))
    }

    /// `extents`: fastest axis first, as in the file.
    mutating func addTensor(_ name: String, extents: [UInt64], type: UInt32, offset: UInt64) {
        tensors.append(
            Self.text(name) + littleEndian(UInt32(extents.count)) + extents.flatMap { littleEndian($0) }
                + littleEndian(type) + littleEndian(offset))
    }

    var bytes: [UInt8] {
        var bytes = magic + version + littleEndian(tensorCount ?? UInt64(tensors.count))
        bytes += littleEndian(pairCount ?? UInt64(pairs.count)) + pairs.joined() + tensors.joined()
        while bytes.count % 32 != 0 { bytes.append(0) }
        return bytes + [UInt8](repeating: 0, count: dataByteCount)
    }
}

/// Returns the description of the LoadError that `body` throws; nil if it throws none.
func loadFailure(_ body: () throws -> Void) throws -> String? {
    do {
        try body()
        return nil
    } catch {
        return "\(error)"
    }
}
