import Needletail
import Support

/// A file that a flag names.
enum InputFile {
    /// The bytes of a file, pipe or device up to its end.
    static func read(_ path: String, flag: String) throws(EngineError) -> [UInt8] {
        do {
            return try Files.read(path)
        } catch {
            throw EngineError("\(flag): cannot read '\(path)': \(error.reason)")
        }
    }
}
