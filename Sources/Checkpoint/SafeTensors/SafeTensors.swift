import Support
import Tensor

/// The safetensors format: eight bytes of header length, a JSON header, then the tensors' bytes.
///
/// The header is untrusted: all of it is checked, without touching any tensor.
enum SafeTensors {
    static let maximumHeaderByteCount = 100 << 20

    /// The tensors of one file in header order.
    static func entries(of file: MappedFile) throws(LoadError) -> [TensorEntry] {
        let (header, dataOffset) = try header(of: file)
        var entries: [TensorEntry] = []
        for (name, value) in header.members where name != "__metadata__" {
            entries.append(try entry(name: name, value, file: file, dataOffset: dataOffset))
        }
        try TensorEntry.checkDisjoint(entries)
        return entries
    }

    private static func header(of file: MappedFile) throws(LoadError) -> (JSONObject, dataOffset: Int) {
        guard file.byteCount >= 8 else {
            throw LoadError(file: file.name, expected: "at least 8 bytes", found: "\(file.byteCount)")
        }
        let length = file.integer(at: 0, as: UInt64.self)
        let limit = min(file.byteCount - 8, maximumHeaderByteCount)
        guard length <= limit else {
            throw LoadError(file: file.name, expected: "a header of at most \(limit) bytes", found: "\(length)")
        }
        let dataOffset = 8 + Int(length)
        let text = file.bytes(8..<dataOffset)
        let fields = try JSONFields(file: file.name, parsing: text)
        try checkUniqueKeys(text, count: fields.object.count, file: file)
        return (fields.object, dataOffset)
    }

    private static func entry(
        name: String, _ value: JSONValue, file: MappedFile, dataOffset: Int
    ) throws(LoadError) -> TensorEntry {
        func failure(_ expected: String, _ found: String) -> LoadError {
            LoadError(file: file.name, tensor: name, expected: expected, found: found)
        }
        func found(_ key: String) -> String { value[key]?.serialized ?? "none" }
        guard let typeName = value["dtype"]?.stringValue else { throw failure("a dtype", found("dtype")) }
        guard let shape = value["shape"]?.arrayValue, case let extents = shape.compactMap(\.extent),
            extents.count == shape.count
        else { throw failure("a shape of non-negative integers", found("shape")) }
        guard let offsets = value["data_offsets"]?.arrayValue, offsets.count == 2, let begin = offsets[0].extent,
            let end = offsets[1].extent, begin <= end
        else { throw failure("data_offsets [begin, end]", found("data_offsets")) }
        let dataByteCount = file.byteCount - dataOffset
        guard end <= dataByteCount else {
            throw failure("data_offsets within \(dataByteCount) bytes", "[\(begin), \(end)]")
        }
        guard let count = TensorEntry.elementCount(extents) else {
            throw failure("fewer than 2^63 elements", "shape \(extents)")
        }
        if let bits = bitWidth(ofType: typeName) {
            let (product, overflow) = count.multipliedReportingOverflow(by: bits)
            guard !overflow, product % 8 == 0, product / 8 == end - begin else {
                throw failure("the bytes of \(typeName) \(extents)", "\(end - begin) bytes")
            }
        }
        let plain = WeightFormat(fileName: typeName).flatMap { $0.isQuantized ? nil : $0 }
        return TensorEntry(
            name: name, file: file, typeName: typeName, format: plain, extents: extents,
            byteRange: dataOffset + begin..<dataOffset + end)
    }

    /// Bits per element; nil for an unknown type, whose size is not checked.
    private static func bitWidth(ofType name: String) -> Int? {
        switch name {
        case "F4": 4
        case "F6_E2M3", "F6_E3M2": 6
        case "BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ": 8
        case "U16", "I16", "F16", "BF16": 16
        case "U32", "I32", "F32": 32
        case "U64", "I64", "F64", "C64": 64
        default: nil
        }
    }
}

extension JSONValue {
    /// The value if it is a non-negative integer; otherwise nil.
    fileprivate var extent: Int? {
        if case .integer(let value) = self, value >= 0 { value } else { nil }
    }
}

extension SafeTensors {
    /// Throws if the outer object of a valid JSON text repeats a key. The JSON reader keeps only the last of equal
    /// keys, so a text with more keys than `count` has a repeated one.
    private static func checkUniqueKeys(_ text: [UInt8], count: Int, file: MappedFile) throws(LoadError) {
        var keyCount = 0
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in text {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: keyCount += 1
            default: break
            }
        }
        guard keyCount == count else {
            throw LoadError(
                file: file.name, expected: "each tensor name once", found: "\(keyCount - count) repeated")
        }
    }
}
