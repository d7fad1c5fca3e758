import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A lock between processes, held until it is released; the system releases it when the process ends.
struct FileLock: Sendable {
    private let descriptor: FileDescriptor

    /// Waits until the lock is free or the task is cancelled.
    init(path: String) async throws(ModelStoreError) {
        descriptor = try onDisk(path) {
            try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.create, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead])
        }
        while flock(descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
            do {
                try await Task.sleep(for: .milliseconds(200))
            } catch {
                release()
                throw .fileSystem(path: path, reason: "cancelled while waiting for another process to release the lock")
            }
        }
    }

    func release() { try? descriptor.close() }
}
