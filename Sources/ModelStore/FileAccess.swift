import Crypto
import FoundationEssentials
import Support

/// Runs a file operation; what it throws becomes an error that names the path.
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

    /// Gives a finished file its name in one step. A file that is there already has the same content and stays.
    static func move(_ path: String, to destination: String) throws(ModelStoreError) {
        guard !exists(destination) else { return remove(path) }
        try onDisk(destination) { try FileManager.default.moveItem(atPath: path, toPath: destination) }
    }

    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// Bytes of a file; nil where there is none.
    static func size(_ path: String) -> Int? {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size]
        return (size as? UInt64).map { Int($0) } ?? size as? Int
    }
}

/// How a file's content is told from another's.
enum ContentHash: Hashable, Sendable {
    case sha256(String)
    /// Of a git object: the text `blob`, a space, the size, a zero byte, then the content.
    case gitSHA1(String)

    /// The hash that an ETag of the hub is: 64 hex digits for a large file, 40 for a small one; nil for another form.
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

    /// Throws `wrongHash` and deletes the file where its content is another. `name` is what the error calls it.
    func check(_ path: String, name: String) throws(ModelStoreError) {
        let found = try onDisk(path) {
            let content = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
            switch self {
            case .sha256:
                return Self.hexDigest(content, SHA256())
            case .gitSHA1:
                var function = Insecure.SHA1()
                function.update(data: Array("blob \(content.count)\0".utf8))
                return Self.hexDigest(content, function)
            }
        }
        guard found == expected else {
            FileAccess.remove(path)
            throw .wrongHash(file: name, expected: expected, found: found)
        }
    }

    private static func hexDigest(_ content: Data, _ function: some HashFunction) -> String {
        var function = function
        var offset = content.startIndex
        while offset < content.endIndex {
            let end = min(offset + 1 << 20, content.endIndex)
            function.update(data: content[offset..<end])
            offset = end
        }
        return function.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
