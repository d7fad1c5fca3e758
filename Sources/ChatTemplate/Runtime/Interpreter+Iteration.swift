extension Interpreter {
    /// The elements that Python's `iter` would yield; consumes an iterator.
    func iterate(_ value: Value) throws(ChatTemplateError) -> [Value] {
        switch value {
        case .list(let list), .tuple(let list): return list.elements
        case .undefined: return []
        case .dict(let dict): return dict.keys
        case .view(let view):
            try charge(bytes: view.dict.count * MemoryLayout<Value>.stride)
            return view.elements
        case .iterator(let iterator): return try iterator.takeAll()
        case .string(let text): return try characters(of: text).map(Value.string)
        case .markup(let text): return try characters(of: text).map(Value.markup)
        case .range(let range):
            try step(range.count)
            return (0..<range.count).map { .integer(Int128(range[$0])) }
        default: throw .runtime("'\(value.typeName)' object is not iterable")
        }
    }

    private func characters(of text: String) throws(ChatTemplateError) -> [String] {
        try step(text.utf8.count)
        return text.unicodeScalars.map { String($0) }
    }

    /// Python's `len`.
    func length(of value: Value) throws(ChatTemplateError) -> Int {
        switch value {
        case .undefined: return 0
        case .list(let list), .tuple(let list): return list.elements.count
        case .dict(let dict): return dict.count
        case .view(let view): return view.dict.count
        case .range(let range): return range.count
        case .string(let text), .markup(let text): return text.unicodeScalars.count
        case .object(let object):
            if let loop = object as? LoopContext, let length = try loop.attribute("length", self)?.integer {
                return Int(length)
            }
        default: break
        }
        throw .runtime("object of type '\(value.typeName)' has no len()")
    }

    /// `item in container`.
    func contains(_ container: Value, _ item: Value) throws(ChatTemplateError) -> Bool {
        try scan(container)
        try scan(item)
        switch container {
        case .string(let text), .markup(let text):
            guard let part = item.text else {
                throw .runtime("'in <string>' requires string as left operand, not \(item.typeName)")
            }
            return ByteSearch.first(of: Array(part.utf8), in: Array(text.utf8)[...]) != nil
        case .dict(let dict): return try dict.value(of: item) != nil
        case .view(let view) where view.kind == .keys: return try view.dict.value(of: item) != nil
        case .iterator(let iterator):
            while let element = try iterator.next() {
                if try areEqual(element, item) { return true }
            }
            return false
        default:
            for element in try iterate(container) {
                if try areEqual(element, item) { return true }
            }
            return false
        }
    }
}
