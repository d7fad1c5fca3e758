import Needletail
import Support

/// The file for a result. Whether it can be written is checked first, because measuring takes long.
struct ResultFile {
    private let path: String
    private let flag: String

    init(_ path: String, flag: String) throws(EngineError) {
        self.path = path
        self.flag = flag
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard Files.isFolder(folder) else { throw EngineError("\(flag): folder '\(folder)' does not exist") }
        guard !path.isEmpty, !Files.isFolder(path) else {
            throw EngineError("\(flag): must name a file, got '\(path)'")
        }
        guard Files.isWritable(Files.exists(path) ? path : folder) else {
            throw EngineError("\(flag): '\(path)' cannot be written")
        }
    }

    func write(_ text: String) throws(EngineError) {
        do {
            try Files.write(text, to: path)
        } catch {
            throw EngineError("\(flag): cannot write '\(path)': \(error.reason)")
        }
    }

    func write(_ json: JSONValue) throws(EngineError) { try write(json.serialized + "\n") }
}
