import Support

extension WorkPool {
    /// Maximum number of elements handled on the calling thread; larger work goes to the pool.
    static let inlineCount = 2048

    /// Returns the JSON text of a value. Large values are serialized on the pool's threads.
    func serialize(_ value: JSONValue) async -> String {
        var room = Self.inlineCount
        guard !value.fits(in: &room) else { return value.serialized }
        return await run(.large) { value.serialized }
    }
}

extension JSONValue {
    /// Bytes of text that count as one element.
    private static let elementByteCount = 32

    /// Whether the value has at most `room` elements, which are subtracted from `room`. Stops once they do not fit.
    fileprivate func fits(in room: inout Int) -> Bool {
        room -= 1
        switch self {
        case .null, .bool, .integer, .double: break
        case .largeInteger(let digits): room -= digits.utf8.count / Self.elementByteCount
        case .string(let text): room -= text.utf8.count / Self.elementByteCount
        case .array(let elements): return elements.allSatisfy { $0.fits(in: &room) } && room >= 0
        case .object(let object): return object.values.allSatisfy { $0.fits(in: &room) } && room >= 0
        }
        return room >= 0
    }
}
