import Needletail
import Support

/// The output file of a batch: one line per answer, written when the answer is complete.
struct BatchResults {
    /// Ids of the requests that the file already answered when it was opened.
    let finishedIDs: Set<String>
    private let file: OpenFile

    /// Opens or creates the file. An incomplete last line is cut off; a pipe has no earlier answers.
    init(path: String) throws(EngineError) {
        let bytes = OpenFile.isStream(path) ? [] : (try? Files.read(path)) ?? []
        let end = bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        guard zip(bytes[end...], #"{"id":"batch_req_"#.utf8).allSatisfy({ $0 == $1 }) else {
            throw EngineError("--output-file: '\(path)' already exists and is not a batch output")
        }
        var ids: Set<String> = []
        for line in bytes[..<end].split(separator: UInt8(ascii: "\n")) {
            guard let value = try? JSONValue(parsing: Array(line)), let id = value["custom_id"]?.stringValue else {
                throw EngineError("--output-file: '\(path)' already exists and is not a batch output")
            }
            ids.insert(id)
        }
        finishedIDs = ids
        do {
            file = try OpenFile(path, .continuing(at: end))
        } catch {
            throw Self.failure(error)
        }
    }

    func append(_ answer: BatchAnswer) throws(EngineError) {
        do {
            try file.write((answer.json.serialized + "\n").utf8)
        } catch {
            throw Self.failure(error)
        }
    }

    private static func failure(_ error: FileError) -> EngineError {
        EngineError("--output-file: cannot write '\(error.path)': \(error.reason)")
    }
}
