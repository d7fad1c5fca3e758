import Support

/// The chat templates of a model, by name.
package struct ChatTemplates: Sendable, Hashable {
    /// The name of the template that is used if none is named.
    package static let standardName = "default"
    /// The name of the template for conversations with tools.
    package static let toolsName = "tool_use"

    /// The source of a template.
    package struct Source: Sendable, Hashable {
        /// The Jinja text.
        package var text: String
        /// The file, and the key in it if it holds more than the template, as messages show them.
        package var place: String

        package init(text: String, place: String) {
            self.text = text
            self.place = place
        }
    }

    /// Sources by name.
    private let sources: [String: Source]

    package init(_ sources: [String: Source] = [:]) { self.sources = sources }

    /// The sorted names of the templates.
    package var names: [String] { sources.keys.sorted() }

    /// The template of this name; nil if the model does not have it.
    package subscript(name: String) -> Source? { sources[name] }
}

extension TokenizerFiles {
    /// Reads the templates as transformers does: template files, if there are any, replace those in
    /// `tokenizer_config.json`. The older file of processors, `chat_template.json`, counts if neither has one.
    package func chatTemplates() throws(LoadError) -> ChatTemplates {
        var sources = try templateFiles()
        if sources.isEmpty { sources = try Self.sources(in: config()) }
        if sources.isEmpty, folder.contains("chat_template.json") {
            sources = try Self.sources(in: JSONFields(path: folder.path(of: "chat_template.json")))
        }
        return ChatTemplates(sources)
    }

    /// The default template in `chat_template.jinja`, and those named by the files in `additional_chat_templates`.
    private func templateFiles() throws(LoadError) -> [String: ChatTemplates.Source] {
        var sources: [String: ChatTemplates.Source] = [:]
        let standard = "chat_template.jinja"
        if folder.contains(standard) { sources[ChatTemplates.standardName] = try source(standard) }
        let others = ModelFolder(path: folder.path(of: "additional_chat_templates"))
        for file in others.exists ? try others.fileNames() : [] where file.hasSuffix(".jinja") {
            sources[String(file.dropLast(".jinja".count))] = try source("additional_chat_templates/\(file)")
        }
        return sources
    }

    private func source(_ name: String) throws(LoadError) -> ChatTemplates.Source {
        let file = try MappedFile(path: folder.path(of: name))
        guard let text = file.text(0..<file.byteCount) else {
            throw LoadError(file: name, expected: "UTF-8", found: "other bytes")
        }
        return ChatTemplates.Source(text: text, place: name)
    }

    /// Reads the member `chat_template`: a string, or a list of objects with `name` and `template`.
    private static func sources(in fields: JSONFields) throws(LoadError) -> [String: ChatTemplates.Source] {
        let key = "chat_template"
        guard let value = fields[key] else { return [:] }
        func source(_ text: String) -> ChatTemplates.Source { .init(text: text, place: "\(fields.file): \(key)") }
        if let text = value.stringValue { return [ChatTemplates.standardName: source(text)] }
        var sources: [String: ChatTemplates.Source] = [:]
        for element in value.arrayValue ?? [value] {
            guard let name = element["name"]?.stringValue, let text = element["template"]?.stringValue else {
                throw fields.failure(
                    key, expected: "a string or a list of objects with name and template", found: element.typeName)
            }
            sources[name] = source(text)
        }
        return sources
    }
}

extension GGUF {
    /// Reads `tokenizer.chat_template` and the named templates that `tokenizer.chat_templates` lists.
    package func chatTemplates() throws(LoadError) -> ChatTemplates {
        var sources: [String: ChatTemplates.Source] = [:]
        func read(_ key: String, as name: String) throws(LoadError) {
            guard let text = try metadata.string(key) else { return }
            sources[name] = ChatTemplates.Source(text: text, place: "\(file.name): \(key)")
        }
        let key = "tokenizer.chat_template"
        for name in try metadata.strings("tokenizer.chat_templates") ?? [] { try read("\(key).\(name)", as: name) }
        try read(key, as: ChatTemplates.standardName)
        return ChatTemplates(sources)
    }
}
