import Needletail
import Support
import SystemPackage

/// The output file of a batch: a line an answer, each written whole as it comes.
struct BatchResults {
    /// The requests that the file had answers to when it was opened.
    let finishedIDs: Set<String>
    private let file: FileDescriptor
    private let path: String

    /// Opens or creates the file. A last line that was not written to its end is cut off.
    init(path: String) throws(EngineError) {
        self.path = path
        let bytes = (try? Files.read(path)) ?? []
        let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        guard zip(bytes[end...], #"{"id":"batch_req_"#.utf8).allSatisfy({ $0 == $1 }) else {
            throw EngineError("--output-file: '\(path)' is there and is no batch output")
        }
        var ids: Set<String> = []
        for line in bytes[..<end].split(separator: UInt8(ascii: "\n")) {
            guard let value = try? JSONValue(parsing: Array(line)), let id = value["custom_id"]?.stringValue else {
                throw EngineError("--output-file: '\(path)' is there and is no batch output")
            }
            ids.insert(id)
        }
        finishedIDs = ids
        do {
            file = try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create], permissions: [.ownerReadWrite, .groupRead, .otherRead])
            try file.resize(to: Int64(end))
            try file.seek(offset: 0, from: .end)
        } catch {
            throw EngineError("--output-file: cannot write '\(path)': \(error)")
        }
    }

    func append(_ answer: BatchAnswer) throws(EngineError) {
        do {
            try file.writeAll((answer.json.serialized + "\n").utf8)
        } catch {
            throw EngineError("--output-file: cannot write '\(path)': \(error)")
        }
    }
}
