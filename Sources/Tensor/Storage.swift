#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Bytes that tensors view: owned memory, or a region that another object keeps alive, such as a mapped file.
///
/// Weights are not written after loading. Activation buffers are written by one backend call at a time, on the engine's
/// thread: this discipline, not the type, makes sharing safe, hence `@unchecked Sendable`.
@safe
package final class Storage: @unchecked Sendable {
    package let byteCount: Int
    package let address: UnsafeMutableRawPointer
    private let owner: AnyObject?

    /// Covers a cache line and the widest vector, both 64 bytes; pages are a multiple of it.
    package static let alignment = 64

    private static let largePage = 2 << 20

    /// Allocates zeroed memory aligned to 64 bytes. Pages are committed when first touched, so unused storage costs
    /// only address space. Traps if no address space is left.
    package init(byteCount: Int) {
        precondition(byteCount >= 0, "a storage of \(byteCount) bytes")
        self.byteCount = byteCount
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        let mapped = unsafe mmap(nil, max(byteCount, 1), PROT_READ | PROT_WRITE, flags, -1, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
            fatalError("no memory for a storage of \(byteCount) bytes")
        }
        unsafe address = mapped
        owner = nil
        // Large pages reduce page faults at first touch, and TLB misses when weights are streamed.
        if byteCount >= Self.largePage { unsafe madvise(mapped, byteCount, MADV_HUGEPAGE) }
    }

    /// Wraps memory that `owner` keeps valid and unchanged as long as this storage lives. It is never written.
    package init(borrowing bytes: UnsafeRawBufferPointer, owner: AnyObject) {
        byteCount = bytes.count
        unsafe address = UnsafeMutableRawPointer(
            mutating: bytes.baseAddress ?? UnsafeRawPointer(bitPattern: Self.alignment)!)
        self.owner = owner
    }

    deinit {
        if owner == nil { unsafe munmap(address, max(byteCount, 1)) }
    }

    /// Returns the pages of a mapped region to the system; they are read from the file again when touched.
    package func releasePages() {
        guard byteCount > 0 else { return }
        let pageSize = sysconf(Int32(_SC_PAGESIZE))
        let start = unsafe Int(bitPattern: address)
        let firstPage = (start + pageSize - 1) / pageSize * pageSize
        let length = (start + byteCount) / pageSize * pageSize - firstPage
        if owner != nil, length > 0, let page = unsafe UnsafeMutableRawPointer(bitPattern: firstPage) {
            unsafe madvise(page, length, MADV_DONTNEED)
        }
    }
}
