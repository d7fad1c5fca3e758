import Support
import Testing

@Suite struct SecureHashTests {
    /// The examples of FIPS 180-4, the empty message, and lengths around a block: repetitions, text (- for none),
    /// SHA-256 and SHA-1.
    static let vectors = """
        1 - e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 da39a3ee5e6b4b0d3255bfef95601890afd80709
        1 abc ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad a9993e364706816aba3e25717850c26c9cd0d89d
        1 abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq 248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1 84983e441c3bd26ebaae4aa1f95129e5e54670f1
        55 a 9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318 c1c8bbdc22796e28c0e15163d20899b65621d65a
        56 a b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a c2db330f6083854c99d4b5bfb6e8f29f201be699
        63 a 7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34 03f09f5b158a7a8cdad920bddc29b81c18a551f5
        64 a ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb 0098ba824b5c16427bd7a1122a5a442a25ec644d
        65 a 635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0 11655326c708d70319be2610e8a57d9a5b959d3b
        119 a 31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56
        120 a 2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c f34c1488385346a55709ba056ddd08280dd4c6d6
        128 a 6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e ad5b3fdbcb526778c2839d2f151ea753995e26a0
        1000000 a cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0 34aa973cd4c4daa4f61eeb2bdbad27316534016f
        """.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }

    @Test(arguments: vectors) func `digests are those of the standard`(vector: [String]) throws {
        let text = vector[1] == "-" ? "" : vector[1]
        let message = String(repeating: text, count: try #require(Int(vector[0])))
        var sha256 = SHA256()
        var sha1 = SHA1()
        sha256.update(message.utf8)
        sha1.update(message.utf8)
        #expect(sha256.hexDigest() == vector[2])
        #expect(sha1.hexDigest() == vector[3])
    }

    @Test func `a message in parts has the digest of the whole`() {
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let whole = SHA256.words(of: message)
        for part in [1, 3, 55, 63, 64, 65, 130, 999] {
            var hash = SHA256()
            for start in stride(from: 0, to: message.count, by: part) {
                hash.update(message[start..<min(start + part, message.count)])
            }
            #expect(hash.finish() == whole, "parts of \(part)")
        }
    }
}
