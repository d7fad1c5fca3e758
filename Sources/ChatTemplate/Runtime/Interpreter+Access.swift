extension Interpreter {
    /// `value.name`: an attribute or method first, then an element.
    func attribute(_ name: String, of value: Value) throws(ChatTemplateError) -> Value {
        if case .undefined(let undefined) = value { throw undefined.error }
        if let found = try member(name, of: value) { return found }
        if case .dict(let dict) = value, let element = dict[name] { return element }
        return .undefined(.attribute(name, ofType: value.typeName))
    }

    /// `value[index]`: an element first, then an attribute or method.
    func subscripted(_ value: Value, by index: Value) throws(ChatTemplateError) -> Value {
        try scan(value)
        try scan(index)
        if case .undefined(let undefined) = value { throw undefined.error }
        if let element = try element(index, of: value) { return element }
        guard let name = index.text else {
            return .undefined(.element(try repr(of: index), ofType: value.typeName))
        }
        return try member(name, of: value) ?? .undefined(.attribute(name, ofType: value.typeName))
    }

    /// An attribute or method of the value itself; nil if it has none of that name.
    func member(_ name: String, of value: Value) throws(ChatTemplateError) -> Value? {
        if case .object(let object) = value { return try object.attribute(name, self) }
        if case .range(let range) = value, let bound = range.attribute(name) { return bound }
        if case .tuple(let list) = value, list.isGroup, name == "grouper" || name == "list" {
            return list.elements[name == "list" ? 1 : 0]
        }
        let methods = Methods.of(value)
        if let operation = methods.table[name] {
            return try object(BoundMethod(receiver: value, name: name, operation: operation))
        }
        if methods.mutating.contains(name) || (name.hasPrefix("__") && name.hasSuffix("__")) {
            return .undefined(.unsafeAttribute(name, ofType: value.typeName))
        }
        return nil
    }

    private func element(_ index: Value, of value: Value) throws(ChatTemplateError) -> Value? {
        switch value {
        case .dict(let dict):
            if let text = index.text { return dict[text] }
            // An unhashable key counts as absent.
            return try? dict.value(of: index)
        case .list(let list), .tuple(let list):
            return position(index, count: list.elements.count).map { list.elements[$0] }
        case .range(let range):
            return position(index, count: range.count).map { .integer(Int128(range[$0])) }
        case .string(let text): return try character(index, of: text).map(Value.string)
        case .markup(let text): return try character(index, of: text).map(Value.markup)
        default: return nil
        }
    }

    /// The offset of a Python index, which counts from the end if it is negative; nil if it is out of range.
    private func position(_ index: Value, count: Int) -> Int? {
        guard let integer = index.integer else { return nil }
        let offset = integer < 0 ? integer + Int128(count) : integer
        return offset >= 0 && offset < Int128(count) ? Int(offset) : nil
    }

    private func character(_ index: Value, of text: String) throws(ChatTemplateError) -> String? {
        guard let integer = index.integer else { return nil }
        let scalars = text.unicodeScalars
        let limit = Int128(text.utf8.count)
        guard integer < limit, integer >= -limit else { return nil }
        let offset = Int(integer)
        let bound = offset < 0 ? scalars.startIndex : scalars.endIndex
        let start = offset < 0 ? scalars.endIndex : scalars.startIndex
        guard let found = scalars.index(start, offsetBy: offset, limitedBy: bound), found < scalars.endIndex else {
            return nil
        }
        return String(scalars[found])
    }
}

// MARK: Slices

extension Interpreter {
    /// Python's slice: bounds are clamped, and `none` stands for an omitted bound. Unlike other access, slicing a value
    /// that cannot be sliced is an error.
    func slice(_ value: Value, start: Value, stop: Value, step: Value) throws(ChatTemplateError) -> Value {
        if case .undefined(let undefined) = value { throw undefined.error }
        try scan(value)
        let bounds = try SliceBounds(start: start, stop: stop, step: step)
        switch value {
        case .list(let list): return try self.list(bounds.pick(from: list.elements))
        case .tuple(let list): return try tuple(bounds.pick(from: list.elements))
        case .string(let text): return try string(bounds.pick(from: text))
        case .markup(let text): return .markup(bounds.pick(from: text))
        case .range(let range): return .range(bounds.pick(from: range))
        default: throw .runtime("'\(value.typeName)' object cannot be sliced")
        }
    }
}

private struct SliceBounds {
    private let start: Int?
    private let stop: Int?
    private let step: Int

    init(start: Value, stop: Value, step: Value) throws(ChatTemplateError) {
        func bound(_ value: Value) throws(ChatTemplateError) -> Int? {
            if value.isNone { return nil }
            guard let integer = value.integer else { throw .runtime("slice indices must be integers or none") }
            return Int(clamping: integer)
        }
        self.start = try bound(start)
        self.stop = try bound(stop)
        self.step = try bound(step) ?? 1
        if self.step == 0 { throw .runtime("slice step cannot be zero") }
    }

    /// Resolves the bounds for `count` elements: the first position, the end, and the number of positions taken.
    private func resolve(_ count: Int) -> (first: Int, end: Int, count: Int) {
        let lowest = step > 0 ? 0 : -1
        let highest = step > 0 ? count : count - 1
        func clamp(_ bound: Int?, default fallback: Int) -> Int {
            guard let bound else { return fallback }
            return min(max(bound < 0 ? bound + count : bound, lowest), highest)
        }
        let first = clamp(start, default: step > 0 ? lowest : highest)
        let end = clamp(stop, default: step > 0 ? highest : lowest)
        let distance = step > 0 ? end - first : first - end
        guard distance > 0 else { return (first, end, 0) }
        return (first, end, (distance - 1) / Int(clamping: step.magnitude) + 1)
    }

    func pick<Element>(from elements: [Element]) -> [Element] {
        let (first, _, count) = resolve(elements.count)
        if step == 1 { return Array(elements[first..<first + count]) }
        return (0..<count).map { elements[first + $0 * step] }
    }

    func pick(from text: String) -> String {
        let scalars = text.unicodeScalars
        let (first, _, count) = resolve(scalars.count)
        guard step == 1 else { return String(String.UnicodeScalarView(pick(from: Array(scalars)))) }
        let start = scalars.index(scalars.startIndex, offsetBy: first)
        return String(scalars[start..<scalars.index(start, offsetBy: count)])
    }

    /// Range bounds fit in 32 bits, so a larger step takes at most one element.
    func pick(from range: IntegerRange) -> IntegerRange {
        let (first, end, count) = resolve(range.count)
        let step = min(max(step, -0x8000_0000), 0x7FFF_FFFF) * range.step
        return IntegerRange(start: range[first], step: step, count: count, stop: range[end])
    }
}

extension IntegerRange {
    func attribute(_ name: String) -> Value? {
        switch name {
        case "start": .integer(Int128(start))
        case "stop": .integer(Int128(stop))
        case "step": .integer(Int128(step))
        default: nil
        }
    }
}
