import FoundationEssentials
import Support

/// Runs a file operation and turns any error it throws into one that names the path.
func onDisk<Value>(_ path: String, _ operation: () throws -> Value) throws(ModelStoreError) -> Value {
    do {
        return try operation()
    } catch {
        throw .fileSystem(path: path, reason: ErrorText.reason(error))
    }
}

enum FileAccess {
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    static func makeFolder(_ path: String) throws(ModelStoreError) {
        try onDisk(path) {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// Moves a finished file into place in one step. An existing file has the same content and is kept.
    static func move(_ path: String, to destination: String) throws(ModelStoreError) {
        guard !exists(destination) else { return remove(path) }
        try onDisk(destination) { try FileManager.default.moveItem(atPath: path, toPath: destination) }
    }

    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// Removes a folder if it is empty.
    static func removeEmptyFolder(_ path: String) {
        if (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty == true { remove(path) }
    }

    /// Size of a file in bytes; 0 for a folder and for a path that does not exist.
    static func fileSize(_ path: String) -> Int { Files.isFolder(path) ? 0 : size(path) ?? 0 }

    /// Bytes of a file, or of all files below a folder; 0 if it does not exist.
    static func byteCount(below path: String) -> Int {
        let files = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return fileSize(path) + files.reduce(0) { $0 + fileSize("\(path)/\($1)") }
    }

    /// Size of a file in bytes; nil if it does not exist.
    static func size(_ path: String) -> Int? {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size]
        // FoundationEssentials gives an integer of some type, full Foundation an NSNumber.
        return (size as? any BinaryInteger).map { Int($0) } ?? size as? Int
    }
}

/// The hash that a file's content must have.
enum ContentHash: Hashable, Sendable {
    case sha256(String)
    /// Git's hash of an object: of the text `blob`, a space, the size, a zero byte, then the content.
    case gitSHA1(String)

    /// Reads the hash in an ETag: 64 hex digits for a large file, 40 for a small one; nil for any other form.
    init?(etag: String) {
        guard etag.allSatisfy({ $0.isHexDigit }) else { return nil }
        switch etag.utf8.count {
        case 64: self = .sha256(etag.lowercased())
        case 40: self = .gitSHA1(etag.lowercased())
        default: return nil
        }
    }

    private var expected: String {
        switch self {
        case .sha256(let digits), .gitSHA1(let digits): digits
        }
    }

    /// Throws `wrongHash` and deletes the file if its content has another hash. `name` is the file's name in the error.
    func check(_ path: String, name: String) throws(ModelStoreError) {
        let found = try onDisk(path) {
            let content = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
            switch self {
            case .sha256:
                var hash = SHA256()
                hash.update(content)
                return hash.hexDigest()
            case .gitSHA1:
                var hash = SHA1()
                hash.update("blob \(content.count)\0".utf8)
                hash.update(content)
                return hash.hexDigest()
            }
        }
        guard found == expected else {
            FileAccess.remove(path)
            throw .wrongHash(file: name, expected: expected, found: found)
        }
    }
}
