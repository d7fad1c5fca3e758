import FoundationEssentials
import Support

/// The files of one repository in the cache that the hub's own tools share: `blobs` by ETag, `snapshots` by commit with
/// relative links to the blobs, and `refs` from branch names to commits.
struct HubCache: Sendable {
    let folder: String
    private let lockFolder: String

    init(root: String, repository: String) {
        let name = "models--" + repository.split(separator: "/").joined(separator: "--")
        folder = "\(root)/\(name)"
        lockFolder = "\(root)/.locks/\(name)"
    }

    func blobPath(_ etag: String) -> String { "\(folder)/blobs/\(etag)" }

    func snapshotFolder(_ commit: String) -> String { "\(folder)/snapshots/\(commit)" }

    /// The lock of a blob, held while it is downloaded.
    func lock(_ etag: String) async throws(ModelStoreError) -> FileLock {
        try FileAccess.makeFolder(lockFolder)
        return try await FileLock(path: "\(lockFolder)/\(etag).lock")
    }

    /// The commit that a revision stood for when it was last fetched; nil if it was not.
    func commit(of revision: String) -> String? {
        guard let bytes = try? Files.read("\(folder)/refs/\(revision)") else {
            return FileAccess.exists(snapshotFolder(revision)) ? revision : nil
        }
        let commit = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        return HubReference.isSafePath(commit) ? commit : nil
    }

    /// Records the commit of a revision. Writes only if it changes: a complete cache may belong to another user.
    func setCommit(_ commit: String, of revision: String) throws(ModelStoreError) {
        guard revision != commit, self.commit(of: revision) != commit else { return }
        let path = "\(folder)/refs/\(revision)"
        try FileAccess.makeFolder(URL(filePath: path).deletingLastPathComponent().path)
        try onDisk(path) { try Data(commit.utf8).write(to: URL(filePath: path), options: .atomic) }
    }

    /// Makes `file` of a snapshot a relative link to a blob.
    func link(_ file: String, commit: String, etag: String) throws(ModelStoreError) {
        let path = "\(snapshotFolder(commit))/\(file)"
        try FileAccess.makeFolder(URL(filePath: path).deletingLastPathComponent().path)
        let ascent = String(repeating: "../", count: 2 + file.count(where: { $0 == "/" }))
        try onDisk(path) {
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: "\(ascent)blobs/\(etag)")
        }
    }

    /// The path of a completely cached model; nil if any of its files is missing.
    func model(_ reference: HubReference) -> String? {
        guard let commit = commit(of: reference.revision) else { return nil }
        let snapshot = snapshotFolder(commit)
        if let file = reference.file {
            return present(HubWeights.parts(of: file), in: snapshot) ? "\(snapshot)/\(file)" : nil
        }
        let files = (try? FileManager.default.contentsOfDirectory(atPath: snapshot)) ?? []
        guard let weights = try? HubWeights(files: files, repository: reference.repository) else { return nil }
        switch weights {
        case .gguf(let file): return present(HubWeights.parts(of: file), in: snapshot) ? "\(snapshot)/\(file)" : nil
        case .safeTensors(let names): return present(["config.json"] + names, in: snapshot) ? snapshot : nil
        case .sharded:
            let shards = try? HubWeights.shards(indexPath: "\(snapshot)/\(HubWeights.indexName)")
            return present(["config.json"] + (shards ?? [""]), in: snapshot) ? snapshot : nil
        }
    }

    /// The path of a cached tokenizer: the file that the reference names, or the folder; nil if it is missing.
    func tokenizer(_ reference: HubReference) -> String? {
        guard reference.file == nil else { return model(reference) }
        guard let commit = commit(of: reference.revision) else { return nil }
        let snapshot = snapshotFolder(commit)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: snapshot)) ?? []
        return HubWeights.holdTokenizer(files.filter { FileAccess.exists("\(snapshot)/\($0)") }) ? snapshot : nil
    }

    /// Whether all files exist; a link whose blob is missing does not count.
    private func present(_ files: [String], in snapshot: String) -> Bool {
        files.allSatisfy { !$0.isEmpty && FileAccess.exists("\(snapshot)/\($0)") }
    }
}
