import Needletail
import Support

/// Reads files that flags name.
enum InputFile {
    /// Reads a file, pipe or device to its end. Throws an error that names the flag.
    static func read(_ path: String, flag: String) throws(EngineError) -> [UInt8] {
        do {
            return try Files.read(path)
        } catch {
            throw EngineError("\(flag): cannot read '\(path)': \(error.reason)")
        }
    }
}
