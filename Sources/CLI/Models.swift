import ArgumentParser
import ModelStore
import Support

/// `needletail models`: the models that have a name of their own.
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the built-in models.",
        discussion: """
            A built-in name stands for a model in every command, which downloads it with Python's pip if it is missing. \
            NEEDLETAIL_CACHE is the folder of built-in models.
            """)

    @Flag(help: "Write JSON.")
    var json = false

    func run() {
        let store = ModelStore()
        let models = BuiltInModel.all.map { ($0, store.path(of: $0)) }
        StandardOutput.write(json ? Self.json(models).serialized + "\n" : Self.table(models))
    }

    private static func table(_ models: [(model: BuiltInModel, path: String?)]) -> String {
        let rows = models.map { model, path in
            [model.name, Self.size(model.byteCount), path == nil ? "no" : "yes", model.licence, model.purpose]
        }
        return TextTable(
            ["name", "size", "on disk", "licence", "good for"], rows, leftAligned: [0, 2, 3, 4]
        ).description
    }

    private static func size(_ byteCount: Int) -> String { "\((byteCount + 500_000) / 1_000_000) MB" }

    private static func json(_ models: [(model: BuiltInModel, path: String?)]) -> JSONValue {
        .array(
            models.map { model, path in
                [
                    "name": .string(model.name), "size_bytes": .integer(model.byteCount),
                    "licence": .string(model.licence), "good_for": .string(model.purpose),
                    "runs": .bool(model.isServed), "path": path.map { .string($0) } ?? .null,
                ]
            })
    }
}
