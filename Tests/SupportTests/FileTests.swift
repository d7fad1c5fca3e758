import FoundationEssentials
import Support
import Testing

/// Files, pipes and devices, and the messages of their errors.
@Suite struct FileTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/needletail-files-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    @Test func `a file whose size is said to be 0 is read to its end`() throws {
        #expect(try Files.read("/proc/self/stat").count > 10)
    }

    @Test func `a text is written over a longer one and goes on after a cut`() throws {
        let path = folder + "/file"
        try Files.write("a longer text", to: path)
        try Files.write("text", to: path)
        #expect(try Files.read(path) == Array("text".utf8))
        try OpenFile(path, .continuing(at: 2)).write("am".utf8)
        #expect(try Files.read(path) == Array("team".utf8))
        #expect(!OpenFile.isStream(path))
        #expect(!OpenFile.isStream(folder))
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test func `devices and descriptors are streams`() throws {
        for path in ["/dev/null", "/dev/stdin", "/dev/fd/0"] { #expect(OpenFile.isStream(path)) }
        try Files.write("text", to: "/dev/null")
        #expect(try Files.read("/dev/null").isEmpty)
        try OpenFile("/dev/null", .continuing(at: 7)).write("text".utf8)
    }

    @Test func `an error of the system is told in its words`() {
        let error = #expect(throws: FileError.self) { try Files.read("/no/such/file") }
        #expect(error?.description == "/no/such/file: No such file or directory")
        #expect(throws: FileError(path: "/", code: 21)) { try Files.read("/") }
        let other = #expect(throws: (any Error).self) {
            try FileManager.default.createDirectory(atPath: "/dev/null/folder", withIntermediateDirectories: true)
        }
        #expect(other.map(ErrorText.reason) == "Not a directory")
        let move = #expect(throws: (any Error).self) {
            try FileManager.default.moveItem(atPath: "/no/such/file", toPath: folder + "/other")
        }
        #expect(move.map(ErrorText.reason) == "No such file or directory")
    }

    @Test(arguments: [
        ("::1", "[::1]", "::1"), ("[::1]", "[::1]", "::1"), ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("fe80::1%eth0", "[fe80::1%eth0]", "fe80::1%eth0"), ("localhost", "localhost", "localhost"),
    ])
    func `an IPv6 host stands in brackets in URLs and without them in sockets`(
        host: String, inURL: String, inSocket: String
    ) {
        #expect(Authority.host(host) == inURL)
        #expect(Authority.address(host) == inSocket)
    }
}
