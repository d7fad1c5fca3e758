internal import FoundationEssentials

/// Reads and writes whole small files (configurations, tokenizers, templates, results), and answers questions about
/// paths.
package enum Files {
    /// Reads a file, pipe or device to its end.
    package static func read(_ path: String) throws(FileError) -> [UInt8] {
        try OpenFile.withDescriptor(path, .reading) { file throws(FileError) in try file.readToEnd() }
    }

    /// Writes a text to a file, which is created or emptied first, or to a pipe or device.
    package static func write(_ text: String, to path: String) throws(FileError) {
        try OpenFile.withDescriptor(path, .writing) { file throws(FileError) in try file.write(text.utf8) }
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

    /// The time of the last modification in seconds since 1970; nil if the file does not exist.
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

    /// Identifies the file that a path refers to.
    package struct Identity: Hashable, Sendable {
        let device: Int
        let number: Int
    }

    /// The identity of the file at a path; nil if it does not exist.
    package static func identity(_ path: String) -> Identity? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let device = attributes[.systemNumber] as? Int, let number = attributes[.systemFileNumber] as? Int
        else { return nil }
        return Identity(device: device, number: number)
    }

    /// Number of entries in a folder; nil if it cannot be read.
    package static func entryCount(_ path: String) -> Int? {
        try? FileManager.default.contentsOfDirectory(atPath: path).count
    }
}
