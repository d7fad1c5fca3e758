import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Support
import SystemPackage

/// Downloads one file of the hub to `DESTINATION.incomplete`, which a later run resumes, and moves it to `DESTINATION`
/// once its content is verified.
struct BlobDownload: Sendable {
    let client: HubClient
    /// The file's name in messages.
    let file: String
    let url: String
    let metadata: HubFileMetadata
    let destination: String
    let progress: any ProgressReporter

    private var partialPath: String { destination + ".incomplete" }
    private var partialByteCount: Int { FileAccess.size(partialPath) ?? 0 }

    func run() async throws(ModelStoreError) {
        defer { progress.finish() }
        try await client.retrying(progress: { partialByteCount }) { () async throws(ModelStoreError) in
            try await transfer()
        }
        try ContentHash(etag: metadata.etag)?.check(partialPath, name: file)
        try FileAccess.move(partialPath, to: destination)
    }

    /// Requests the missing bytes once. Throws `connection` if the response ends early.
    private func transfer() async throws(ModelStoreError) {
        let descriptor = try onDisk(partialPath) {
            try SystemPackage.FileDescriptor.open(
                FilePath(partialPath), .writeOnly, options: [.create, .append, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        }
        defer { try? descriptor.close() }
        var done = partialByteCount
        if let total = metadata.byteCount {
            if done == total { return }
            if done > total { done = try restart(descriptor) }
        }
        let headers: HTTPHeaders = done > 0 ? ["Range": "bytes=\(done)-"] : [:]
        let answer = try await client.send(.GET, url, headers: headers)
        if answer.response.status == .rangeNotSatisfiable {
            _ = try restart(descriptor)
            throw .connection(url: url, attempts: 1, reason: "status 416 for bytes from \(done)")
        }
        try client.check(answer.response.status, url: url, file: file)
        if done > 0, !continues(answer, at: done) { done = try restart(descriptor) }
        try await receive(answer.response.body, into: descriptor, from: done)
    }

    /// Whether the response starts at `offset`. Without support for ranges, a server sends the file from its start.
    private func continues(_ answer: HubAnswer, at offset: Int) -> Bool {
        answer.response.status == .partialContent
            && answer.response.headers.first(name: "Content-Range")?.hasPrefix("bytes \(offset)-") == true
    }

    private func restart(_ descriptor: SystemPackage.FileDescriptor) throws(ModelStoreError) -> Int {
        try onDisk(partialPath) { try descriptor.resize(to: 0) }
        return 0
    }

    private func receive(
        _ body: HTTPClientResponse.Body, into descriptor: SystemPackage.FileDescriptor, from offset: Int
    ) async throws(ModelStoreError) {
        var done = offset
        do {
            for try await buffer in body {
                done += buffer.readableBytes
                if let total = metadata.byteCount, done > total { break }
                try descriptor.writeAll(buffer.readableBytesView)
                progress.report(Progress(label: file, done: done, total: metadata.byteCount))
            }
        } catch let error as Errno {
            throw .fileSystem(path: partialPath, reason: ErrorText.reason(error))
        } catch {
            throw .connection(url: url, attempts: 1, reason: NetworkFailure.reason(error))
        }
        guard let total = metadata.byteCount, done != total else { return }
        guard done < total else {
            FileAccess.remove(partialPath)
            throw .badResponse(url: url, expected: "\(total) bytes", found: "more")
        }
        throw .connection(url: url, attempts: 1, reason: "the response ended after \(done) of \(total) bytes")
    }
}
