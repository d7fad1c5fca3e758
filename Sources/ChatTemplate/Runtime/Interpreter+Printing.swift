extension Interpreter {
    /// Python's `str(value)`.
    func string(of value: Value) throws(ChatTemplateError) -> String {
        switch value {
        case .undefined: return ""
        case .string(let text), .markup(let text): return text
        default: return try repr(of: value)
        }
    }

    /// Python's `repr(value)`.
    func repr(of value: Value) throws(ChatTemplateError) -> String {
        var text = ""
        try writeRepr(of: value, into: &text)
        return text
    }

    private func writeRepr(of value: Value, into text: inout String) throws(ChatTemplateError) {
        try step()
        let start = text.utf8.count
        switch value {
        case .undefined: text += "Undefined"
        case .none: text += "None"
        case .bool(let flag): text += flag ? "True" : "False"
        case .integer(let number): text += String(number)
        case .double(let number): text += PythonNumber.repr(number)
        case .string(let string): text += PythonText.quoted(string)
        case .markup(let string): text += "Markup(" + PythonText.quoted(string) + ")"
        case .list(let list): try writeElements(list.elements, "[", "]", into: &text)
        case .tuple(let list): try writeElements(list.elements, "(", list.elements.count == 1 ? ",)" : ")", into: &text)
        case .dict(let dict): try writeMembers(of: dict, into: &text)
        case .range(let range):
            text += "range(\(range.start), \(range.stop)\(range.step == 1 ? "" : ", \(range.step)"))"
        case .view(let view): try writeElements(view.elements, "dict_\(view.kind.rawValue)([", "])", into: &text)
        case .iterator: text += "<generator object>"
        case .object(let object): text += object.description
        }
        guard text.utf8.count <= limits.outputBytes else {
            throw ChatTemplateError(.limit, "a printed value exceeds \(limits.outputBytes) bytes")
        }
        if start == 0 { try charge(bytes: text.utf8.count) }
    }

    private func writeElements(
        _ elements: [Value], _ opening: String, _ closing: String, into text: inout String
    ) throws(ChatTemplateError) {
        text += opening
        for (index, element) in elements.enumerated() {
            if index > 0 { text += ", " }
            try writeRepr(of: element, into: &text)
        }
        text += closing
    }

    private func writeMembers(of dict: Dict, into text: inout String) throws(ChatTemplateError) {
        text += "{"
        for (index, (key, value)) in zip(dict.keys, dict.values).enumerated() {
            if index > 0 { text += ", " }
            try writeRepr(of: key, into: &text)
            text += ": "
            try writeRepr(of: value, into: &text)
        }
        text += "}"
    }
}
