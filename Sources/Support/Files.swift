internal import FoundationEssentials

/// Whole-file reads and writes for small files (configurations, tokenizers, templates, results).
package enum Files {
    /// The bytes of a file; throws Foundation's error, which names the path.
    package static func read(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(filePath: path)))
    }

    /// Writes a file whole; throws Foundation's error.
    package static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    package static func isFolder(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }

    package static func isWritable(_ path: String) -> Bool {
        FileManager.default.isWritableFile(atPath: path)
    }

    package static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    /// Seconds since 1970; nil where there is no file.
    package static func modificationTime(_ path: String) -> Double? {
        let date = try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
        return date?.timeIntervalSince1970
    }

    /// Removes a Unix domain socket; anything else stays.
    package static func removeSocket(_ path: String) {
        if isSocket(path) { try? FileManager.default.removeItem(atPath: path) }
    }

    package static func isSocket(_ path: String) -> Bool {
        let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        return type == .typeSocket
    }

    /// Which file a path stands for.
    package struct Identity: Hashable, Sendable {
        let device: Int
        let number: Int
    }

    /// Nil where there is none.
    package static func identity(_ path: String) -> Identity? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let device = attributes[.systemNumber] as? Int, let number = attributes[.systemFileNumber] as? Int
        else { return nil }
        return Identity(device: device, number: number)
    }

    /// How many entries a folder has; nil where it cannot be read.
    package static func entryCount(_ path: String) -> Int? {
        try? FileManager.default.contentsOfDirectory(atPath: path).count
    }
}
