import APIServer
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Support
import TestSupport
import Testing

/// The list of sampling fields, in the documentation and in `/openapi.json`.
struct SamplingFieldTests {
    /// The rows of the table in `docs/server.md`.
    private static func documentedRows() throws -> [String] {
        let text = String(decoding: try Files.read(Fixtures.root + "/../../docs/server.md"), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let head = try #require(lines.firstIndex(of: "| sampling field | values | meaning |"))
        return lines[(head + 2)...].prefix { $0.hasPrefix("|") }.map { $0 }
    }

    @Test func `the documentation and openapi have the fields of the list`() async throws {
        try await RouteTests.serve { client in
            let text = try await client.execute(uri: "/openapi.json", method: .get) { String(buffer: $0.body) }
            let request = try JSONValue(parsing: text)["paths"]?["/v1/completions"]?["post"]?["requestBody"]
            let properties = request?["content"]?["application/json"]?["schema"]?["properties"]
            let rows = SamplingField.all.map { field in
                let schema = properties?[field.name] ?? .null
                #expect(schema["description"] == .string(field.meaning))
                return "| `\(field.name)` | \(SchemaText(schema).text) | \(field.meaning) |"
            }
            let documented = try Self.documentedRows()
            #expect(documented == rows, "the table must be:\n\(rows.joined(separator: "\n"))")
        }
    }
}

/// The values that a JSON schema allows, in words.
private struct SchemaText {
    private let schema: JSONValue

    init(_ schema: JSONValue) { self.schema = schema }

    var text: String {
        if let alternatives { return alternatives.map(\.text).joined(separator: " or ") }
        if let names = schema["enum"]?.arrayValue {
            return names.map { "`\($0.stringValue ?? "")`" }.joined(separator: ", ")
        }
        if let items = schema["items"] { return "list of " + SchemaText(items).plural }
        return type + bounds
    }

    private var plural: String { alternatives.map { $0.map(\.plural).joined(separator: " or ") } ?? type + "s" }

    private var type: String { schema["type"]?.stringValue ?? "" }

    private var alternatives: [SchemaText]? {
        schema["anyOf"]?.arrayValue?.filter { $0["type"] != "null" }.map { SchemaText($0) }
    }

    private var bounds: String {
        let (least, above) = (schema["minimum"]?.intValue, schema["exclusiveMinimum"]?.intValue)
        if let most = schema["maximum"]?.intValue {
            return " in " + (least.map { "[\($0)" } ?? "(\(above ?? 0)") + ", \(most)]"
        }
        return least.map { " from \($0)" } ?? above.map { " above \($0)" } ?? ""
    }
}
