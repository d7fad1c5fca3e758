import Crypto
import EngineTypes
import HTTPTypes

/// The keys that clients may use. Compared by digest, all of them, in constant time.
struct APIKeys: Sendable {
    private let digests: [SHA256.Digest]

    init(_ keys: [String]) { digests = keys.map { SHA256.hash(data: Array($0.utf8)) } }

    /// Throws for a header that brings none of the keys, where keys are asked for.
    func check(_ authorization: String?) throws {
        guard !digests.isEmpty else { return }
        let parts = (authorization ?? "").split(separator: " ", maxSplits: 1)
        let isBearer = parts.count == 2 && parts[0].lowercased() == "bearer"
        let digest = SHA256.hash(data: Array((isBearer ? String(parts[1]) : "").utf8))
        // Digest equality takes the same time wherever the two differ.
        let matches = digests.reduce(0) { $0 + ($1 == digest ? 1 : 0) }
        guard isBearer, matches > 0 else {
            var error = ErrorResponse(
                .unauthorized, "AuthenticationError", "a valid key is needed: Authorization: Bearer KEY")
            error.headers[.wwwAuthenticate] = "Bearer"
            throw error
        }
    }
}
