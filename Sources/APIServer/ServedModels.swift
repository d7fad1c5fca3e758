import EngineTypes
package import Needletail

/// The engines behind a server, by the name that a request's `model` field says.
package struct ServedModels: Sendable {
    /// What a model is called, in order: the first name is the one in answers to requests that give none.
    package let names: [String]
    private let clients: [String: any EngineClient]

    /// Several names may stand for one engine.
    package init(_ clients: [(name: String, client: any EngineClient)]) {
        names = clients.map(\.name)
        self.clients = Dictionary(clients.map { ($0.name, $0.client) }) { first, _ in first }
    }

    /// The engine for a `model` field, and the name that answers have: the engine's first. Without a name it is the first
    /// engine.
    func resolve(_ name: String?) throws(RequestError) -> (name: String, client: any EngineClient) {
        let name = name.flatMap { $0.isEmpty ? nil : $0 } ?? names[0]
        guard let client = clients[name] else {
            throw RequestError(
                .notFound, parameter: "model",
                "the model '\(name)' does not exist; served: \(names.joined(separator: ", "))")
        }
        return (names.first { clients[$0] === client } ?? name, client)
    }

    /// Each engine once.
    var all: [any EngineClient] {
        var seen: Set<ObjectIdentifier> = []
        return names.compactMap { clients[$0] }.filter { seen.insert(ObjectIdentifier($0)).inserted }
    }
}
