import Support

/// The chat templates of a model, by name.
package struct ChatTemplates: Sendable, Hashable {
    /// The name of the template that is used if none is named.
    package static let standardName = "default"

    /// Template sources by name.
    package private(set) var templates: [String: String] = [:]

    package init(_ templates: [String: String] = [:]) { self.templates = templates }

    /// The template to use if none is named; nil if the model has none.
    package var standard: String? { templates[Self.standardName] }

    /// The template of this name; nil if there is none.
    package subscript(name: String) -> String? { templates[name] }
}

extension TokenizerFiles {
    /// Reads `chat_template` of `tokenizer_config.json` (a string, or a list of objects with `name` and `template`).
    /// `chat_template.jinja`, if present, replaces the default template.
    package func chatTemplates() throws(LoadError) -> ChatTemplates {
        let name = "chat_template.jinja"
        var templates = try configuredTemplates()
        if folder.contains(name) {
            let file = try MappedFile(path: folder.path(of: name))
            guard let text = file.text(0..<file.byteCount) else {
                throw LoadError(file: name, expected: "UTF-8", found: "other bytes")
            }
            templates[ChatTemplates.standardName] = text
        }
        return ChatTemplates(templates)
    }

    private func configuredTemplates() throws(LoadError) -> [String: String] {
        let config = try config()
        guard let value = config["chat_template"] else { return [:] }
        if let text = value.stringValue { return [ChatTemplates.standardName: text] }
        var templates: [String: String] = [:]
        for element in value.arrayValue ?? [value] {
            guard let name = element["name"]?.stringValue, let text = element["template"]?.stringValue else {
                throw config.failure(
                    "chat_template", expected: "a string or a list of objects with name and template",
                    found: element.typeName)
            }
            templates[name] = text
        }
        return templates
    }
}

extension GGUF {
    /// Reads `tokenizer.chat_template` and the named templates that `tokenizer.chat_templates` lists.
    package func chatTemplates() throws(LoadError) -> ChatTemplates {
        let key = "tokenizer.chat_template"
        var templates: [String: String] = [:]
        for name in try metadata.strings("tokenizer.chat_templates") ?? [] {
            templates[name] = try metadata.string("\(key).\(name)")
        }
        if let text = try metadata.string(key) { templates[ChatTemplates.standardName] = text }
        return ChatTemplates(templates)
    }
}
