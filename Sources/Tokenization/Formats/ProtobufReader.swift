/// Reads the fields of a Protocol Buffers message one after another.
struct ProtobufReader {
    /// A value as it is on the wire; a message, a string and a list of bytes have the same form.
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(Range<Int>)
        case fixed32(UInt32)
    }

    struct Field {
        var number: Int
        var value: Value
    }

    /// The whole file; ranges are positions in it.
    let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(_ bytes: [UInt8]) { self.init(bytes, 0..<bytes.count) }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field; nil at the end of the message.
    mutating func next() throws(TokenizerError) -> Field? {
        guard position < end else { return nil }
        let start = position
        let key = try varint()
        guard let number = Int(exactly: key >> 3), number > 0 else {
            throw failure(at: start, "field number \(key >> 3)", allowed: "1 or more")
        }
        switch key & 7 {
        case 0: return Field(number: number, value: .varint(try varint()))
        case 1: return Field(number: number, value: .fixed64(try fixed(count: 8)))
        case 2:
            let length = try varint()
            return Field(number: number, value: .bytes(try take(length)))
        case 5: return Field(number: number, value: .fixed32(UInt32(truncatingIfNeeded: try fixed(count: 4))))
        case let type:
            throw failure(at: start, "wire type \(type) of field \(number)", allowed: "0, 1, 2 or 5")
        }
    }

    /// A reader of the message in a field.
    func message(_ field: Field) throws(TokenizerError) -> ProtobufReader {
        ProtobufReader(bytes, try range(field))
    }

    /// The text in a field.
    func string(_ field: Field) throws(TokenizerError) -> String {
        let range = try range(field)
        guard let text = String(validating: bytes[range], as: UTF8.self) else {
            throw failure(at: range.lowerBound, "text that is not UTF-8", allowed: "UTF-8")
        }
        return text
    }

    /// The position and length of the bytes in a field.
    func range(_ field: Field) throws(TokenizerError) -> Range<Int> {
        guard case .bytes(let range) = field.value else {
            throw failure(at: position, "field \(field.number) of another type", allowed: "a message or text")
        }
        return range
    }

    /// The integer in a field; negative numbers have 64 bits on the wire.
    func integer(_ field: Field) throws(TokenizerError) -> Int {
        guard case .varint(let value) = field.value else {
            throw failure(at: position, "field \(field.number) of another type", allowed: "an integer")
        }
        return Int(Int64(bitPattern: value))
    }

    /// The number in a field of 32 bits.
    func float(_ field: Field) throws(TokenizerError) -> Float {
        guard case .fixed32(let bits) = field.value else {
            throw failure(at: position, "field \(field.number) of another type", allowed: "a number of 32 bits")
        }
        return Float(bitPattern: bits)
    }

    private mutating func varint() throws(TokenizerError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < end else { throw failure(at: start, "the end of the data", allowed: "an integer") }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw failure(at: start, "an integer of more than 10 bytes", allowed: "at most 10 bytes long")
    }

    private mutating func fixed(count: UInt64) throws(TokenizerError) -> UInt64 {
        try take(count).reversed().reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
    }

    private mutating func take(_ count: UInt64) throws(TokenizerError) -> Range<Int> {
        guard count <= UInt64(end - position) else {
            throw failure(
                at: position, "\(end - position) bytes long",
                allowed: "\(count) bytes long, as it says (is it cut off?)")
        }
        let start = position
        position += Int(count)
        return start..<position
    }

    private func failure(at position: Int, _ found: String, allowed: String) -> TokenizerError {
        .invalid(field: "byte \(position)", value: found, allowed: allowed)
    }
}
