import FoundationEssentials

/// A folder that holds a model.
package struct ModelFolder: Sendable {
    package let path: String

    /// Without the trailing slashes, which messages need not show.
    package init(path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    package func path(of name: String) -> String { path + "/" + name }

    package func contains(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(of: name)) }

    /// Whether there is a folder at the path.
    package var exists: Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }

    /// The names in the folder, sorted.
    package func fileNames() throws(LoadError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw LoadError(file: path, expected: "a readable folder", found: "none")
        }
    }
}
