import APIServer
import ArgumentParser
import CLI
import FoundationEssentials
import Needletail
import Support

/// The options of `needletail serve` with these words after it.
func serve(_ words: [String]) throws -> (engine: EngineOptions, server: ServerOptions) {
    try Serve.parse(ServeCommandLine(words).words).options()
}

/// The line that `needletail serve` ends with for these words; nil if they are right.
func mistake(_ words: [String]) -> String? {
    do {
        _ = try serve(words)
        return nil
    } catch {
        return ErrorLine.text(error)
    }
}

/// Calls `body` with the path of a configuration file, which exists until it returns.
func withConfigFile<Value>(_ text: String, _ body: (_ path: String) throws -> Value) throws -> Value {
    let name = "command-line-\(UUID().uuidString).yaml"
    let path = FileManager.default.temporaryDirectory.appending(path: name).path
    try Files.write(text, to: path)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}
