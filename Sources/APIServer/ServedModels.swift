import EngineTypes
package import Needletail

/// The served engines by model name, as a request's `model` field spells it.
package struct ServedModels: Sendable {
    /// Model names in the order given. Requests without a `model` go to the first.
    package let names: [String]
    private let clients: [String: any EngineClient]

    /// Creates the table. Several names may refer to one engine; of equal names the first counts.
    package init(_ clients: [(name: String, client: any EngineClient)]) {
        names = clients.map(\.name)
        self.clients = Dictionary(clients.map { ($0.name, $0.client) }) { first, _ in first }
    }

    /// Returns the engine that `name` refers to, and its first name, which answers use. Without a name it is the first
    /// engine; an unknown name throws.
    func resolve(_ name: String?) throws(RequestError) -> (name: String, client: any EngineClient) {
        let name = name.flatMap { $0.isEmpty ? nil : $0 } ?? names[0]
        guard let client = clients[name] else {
            throw RequestError(
                .notFound, parameter: "model",
                "the model '\(name)' does not exist; served: \(names.joined(separator: ", "))")
        }
        return (names.first { clients[$0] === client } ?? name, client)
    }

    /// All engines, each once, in the order of their first names.
    var all: [any EngineClient] {
        var seen: Set<ObjectIdentifier> = []
        return names.compactMap { clients[$0] }.filter { seen.insert(ObjectIdentifier($0)).inserted }
    }
}
