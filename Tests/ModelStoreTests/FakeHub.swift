import FoundationEssentials
import NIOHTTP1

/// Files of a made-up repository; hashes were computed with Python's hashlib.
enum FakeHub {
    static let repository = "org/tiny"
    static let commit = String(repeating: "a", count: 40)
    static let config = Array(#"{"architectures":["X"]}"#.utf8)
    static let index = Array(#"{"weight_map":{"a":"a.safetensors","b":"b.safetensors"}}"#.utf8)
    static let weights = (0..<100_000).map { UInt8($0 * 7 % 251) }

    static let configETag = "b9963326e1fefdb686b5af0b5f7d46d7e52ff395"
    static let indexETag = "6c1c458860b8d82b0cc8edfcec7802d19417aa18"
    static let weightsETag = "96ad0ddabe9c733d4550fde750255a94806811029be67504bd9bd68e556686b9"

    /// Answers as the hub does: small files by themselves, large ones by a redirect to a store.
    static func answer(
        _ request: ServedRequest, files: [String] = ["config.json", "model.safetensors", "README.md"],
        store: String = "/store"
    ) -> ServedReply {
        let path = request.path
        if path == "/api/models/\(repository)/revision/main" {
            let siblings = files.map { #"{"rfilename":"\#($0)"}"# }.joined(separator: ",")
            return ServedReply(body: Array(#"{"sha":"\#(commit)","siblings":[\#(siblings)]}"#.utf8))
        }
        let prefix = "/\(repository)/resolve/\(commit)/"
        if path.hasPrefix(prefix), files.contains(String(path.dropFirst(prefix.count))) {
            switch String(path.dropFirst(prefix.count)) {
            case "config.json": return ServedReply(headers: [("ETag", "\"\(configETag)\"")], body: config)
            case "model.safetensors.index.json":
                return ServedReply(headers: [("ETag", "W/\"\(indexETag)\"")], body: index)
            default:
                return ServedReply(
                    status: .found,
                    headers: [
                        ("Location", "\(store)/weights"), ("X-Linked-Etag", "\"\(weightsETag)\""),
                        ("X-Linked-Size", "\(weights.count)"),
                    ])
            }
        }
        return path == "/store/weights" ? content(weights, request) : .notFound
    }

    /// The bytes that a request's range asks for.
    static func content(_ bytes: [UInt8], _ request: ServedRequest) -> ServedReply {
        guard let range = request.header("Range"), let start = Int(range.dropFirst(6).dropLast()) else {
            return ServedReply(headers: [("ETag", "\"of-the-store\"")], body: bytes)
        }
        guard start < bytes.count else { return ServedReply(status: .rangeNotSatisfiable) }
        return ServedReply(
            status: .partialContent,
            headers: [("Content-Range", "bytes \(start)-\(bytes.count - 1)/\(bytes.count)")],
            body: Array(bytes[start...]))
    }
}

/// A folder that is removed with its content when the test lets go of it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ bytes: [UInt8], to name: String) throws {
        let url = URL(filePath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func bytes(_ name: String) -> [UInt8]? {
        (try? Data(contentsOf: URL(filePath: path + "/" + name))).map { [UInt8]($0) }
    }

    func destination(ofLink name: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path + "/" + name)
    }

    /// Relative paths of all files.
    func files() -> [String] { ((try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []).sorted() }
}
