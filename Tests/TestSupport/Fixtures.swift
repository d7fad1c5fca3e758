package import Support

/// Files below `Tests/Fixtures`.
package enum Fixtures {
    /// The folder, found from this source file.
    package static let root: String = {
        let folders = #filePath.split(separator: "/").dropLast(2)
        return "/" + folders.joined(separator: "/") + "/Fixtures"
    }()

    package static func path(_ relative: String) -> String { root + "/" + relative }

    package static func bytes(_ relative: String) throws -> [UInt8] { try Files.read(path(relative)) }

    package static func json(_ relative: String) throws -> JSONValue { try JSONValue(parsing: bytes(relative)) }
}
