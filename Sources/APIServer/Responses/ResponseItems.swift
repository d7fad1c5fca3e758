import EngineTypes
import Support

/// Converts the input items of a response to the messages of a conversation. Thoughts are attached to the assistant
/// message after them, and a reference stands for an output item of a stored response.
struct ResponseItems {
    private enum Kind: String, CaseIterable {
        case message, reasoning
        case reference = "item_reference"
    }

    private let store: OwnResponses
    private var messages: [JSONValue] = []
    private var thoughts: [String] = []
    /// Output items of stored responses, by id; built for the first reference.
    private lazy var stored = store.items

    init(_ store: OwnResponses) { self.store = store }

    mutating func append(_ item: Fields) throws(RequestError) {
        switch try item.choice("type") ?? Self.kindWithoutType(item) {
        case .message: try append(message: ResponseInput.message(item))
        case .reasoning: thoughts += try Self.thoughts(item)
        case .reference: try append(referenced(item))
        }
    }

    /// Returns the messages. Thoughts without an answer become a message of their own.
    mutating func finish() -> [JSONValue] {
        endThoughts()
        return messages
    }

    /// The kind of an item without a type: clients omit it for messages, and for references, which are just an id.
    private static func kindWithoutType(_ item: Fields) -> Kind {
        item["role"] == nil && item["content"] == nil && item["id"] != nil ? .reference : .message
    }

    private mutating func append(message: JSONObject) {
        var message = message
        if message["role"] == "assistant", !thoughts.isEmpty {
            message["reasoning_content"] = .string(thoughts.joined(separator: "\n"))
            thoughts = []
        }
        endThoughts()
        messages.append(.object(message))
    }

    private mutating func endThoughts() {
        guard !thoughts.isEmpty else { return }
        append(message: ["role": "assistant", "content": ""])
    }

    /// The item's thoughts, or its summary if it has none.
    private static func thoughts(_ item: Fields) throws(RequestError) -> [String] {
        guard item["encrypted_content"] == nil else {
            throw .invalid(item.name("encrypted_content"), "must be null: this server cannot read encrypted thoughts")
        }
        for field in ["content", "summary"] {
            let parts = try item.array(field) ?? []
            guard !parts.isEmpty else { continue }
            var texts: [String] = []
            for (index, part) in parts.enumerated() {
                guard let text = part["text"]?.stringValue else {
                    throw .invalid(
                        "\(item.name(field))[\(index)]", "must be an object with a string as text, got \(part.excerpt)")
                }
                texts.append(text)
            }
            return texts
        }
        return []
    }

    private mutating func referenced(_ item: Fields) throws(RequestError) -> Fields {
        guard let id = try item.string("id") else { throw item.mistake("id", "a string") }
        guard let object = stored[id]?.objectValue else {
            throw RequestError(.notFound, parameter: item.name("id"), "Item with id '\(id)' not found.")
        }
        return Fields(object, prefix: item.name(""))
    }
}
