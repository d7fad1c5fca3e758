import FoundationEssentials

/// A folder that holds a model.
package struct ModelFolder: Sendable {
    /// The folder's path, without trailing slashes.
    package let path: String

    /// Removes trailing slashes, so that messages do not show them.
    package init(path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
    }

    /// The path of a file in the folder.
    package func path(of name: String) -> String { path + "/" + name }

    /// Whether the folder has a file of this name.
    package func contains(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(of: name)) }

    /// Whether the path is a folder.
    package var exists: Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }

    /// The sorted names of the files and folders in it.
    package func fileNames() throws(LoadError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw LoadError(file: path, expected: "a readable folder", found: "none")
        }
    }
}
