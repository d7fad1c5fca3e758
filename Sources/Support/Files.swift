internal import FoundationEssentials

/// Whole-file reads for small files (configurations, tokenizers, templates).
package enum Files {
    /// The bytes of a file; throws Foundation's error, which names the path.
    package static func read(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(filePath: path)))
    }

    package static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }

    /// How many entries a folder has; nil where it cannot be read.
    package static func entryCount(_ path: String) -> Int? {
        try? FileManager.default.contentsOfDirectory(atPath: path).count
    }
}
