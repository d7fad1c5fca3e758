import Support

/// The chat templates that a model comes with, by name.
package struct ChatTemplates: Sendable, Hashable {
    /// The name of the template that is used when none is asked for.
    package static let standardName = "default"

    package private(set) var templates: [String: String] = [:]

    package init(_ templates: [String: String] = [:]) { self.templates = templates }

    /// The template to use when none is named.
    package var standard: String? { templates[Self.standardName] }

    package subscript(name: String) -> String? { templates[name] }
}

extension TokenizerFiles {
    /// `chat_template.jinja` where it is present, else `chat_template` of `tokenizer_config.json`: a text, or a list of
    /// objects with `name` and `template`.
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
    /// `tokenizer.chat_template` and the further ones that `tokenizer.chat_templates` lists.
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
