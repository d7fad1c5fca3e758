import Tensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A whole file, mapped read-only. The mapping lives as long as this object; storages made from it keep it alive.
///
/// The bytes never change, hence `@unchecked Sendable`. Truncation by another process is outside this contract.
@safe
package final class MappedFile: @unchecked Sendable {
    /// The path by which the file was opened.
    package let path: String
    /// The file's size, at least 1: an empty file is refused.
    package let byteCount: Int
    private let start: UnsafeRawPointer

    /// Maps a regular file; throws if it is missing, empty or unreadable, and for a folder.
    package init(path: String) throws(LoadError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.systemFailure(path) }
        defer { close(descriptor) }
        var info = stat()
        guard unsafe fstat(descriptor, &info) == 0 else { throw Self.systemFailure(path) }
        guard info.st_mode & S_IFMT == S_IFREG else {
            let kind = info.st_mode & S_IFMT == S_IFDIR ? "a folder" : "a device, socket or pipe"
            throw LoadError(file: path, expected: "a file", found: kind)
        }
        guard info.st_size > 0 else { throw LoadError(file: path, expected: "a file with content", found: "0 bytes") }
        byteCount = Int(info.st_size)
        let mapped = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { throw Self.systemFailure(path) }
        unsafe start = UnsafeRawPointer(mapped)
        self.path = path
    }

    deinit { unsafe munmap(UnsafeMutableRawPointer(mutating: start), byteCount) }

    /// The last component of the path, which names the file in messages about its content.
    package var name: String { String(path.split(separator: "/").last ?? "/") }

    /// An error with the path and the reason of the last failed system call.
    private static func systemFailure(_ path: String) -> LoadError {
        let code = errno
        let reason = unsafe String(cString: strerror(code))
        return code == ENOENT || code == ENOTDIR
            ? LoadError(file: path, expected: "a file", found: "nothing at this path")
            : LoadError(file: path, expected: "a readable file", found: "'\(reason)'")
    }
}

extension MappedFile {
    /// The little-endian integer at `offset`, aligned or not. Traps if it is out of range.
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
        check(offset..<offset + MemoryLayout<Value>.size)
        return Value(littleEndian: unsafe start.loadUnaligned(fromByteOffset: offset, as: type))
    }

    /// A copy of the bytes. Traps if the range is outside the file.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        check(range)
        return unsafe Array(UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count))
    }

    /// The text of a range; nil if it is not UTF-8. Traps if the range is outside the file.
    func text(_ range: Range<Int>) -> String? {
        check(range)
        let bytes = unsafe UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count)
        return unsafe String(validating: bytes, as: UTF8.self)
    }

    /// The bytes of a tensor: a view if they are aligned, otherwise a copy. Traps if the range is outside the file.
    func storage(_ range: Range<Int>, alignment: Int) -> Storage {
        check(range)
        let bytes = unsafe UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count)
        if range.lowerBound.isMultiple(of: alignment) { return unsafe Storage(borrowing: bytes, owner: self) }
        let copy = Storage(byteCount: range.count)
        unsafe UnsafeMutableRawBufferPointer(start: copy.address, count: range.count).copyMemory(from: bytes)
        return copy
    }

    private func check(_ range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= byteCount, "bytes \(range) of a file of \(byteCount)")
    }
}
