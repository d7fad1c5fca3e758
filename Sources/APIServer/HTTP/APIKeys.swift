import EngineTypes
import HTTPTypes
import Support

/// The accepted API keys, stored as digests. A key is compared with all of them, in constant time.
struct APIKeys: Sendable {
    private let digests: [SIMD8<UInt32>]

    init(_ keys: [String]) { digests = keys.map { SHA256.words(of: $0.utf8) } }

    var isEmpty: Bool { digests.isEmpty }

    /// Identifies the caller by the key in `Authorization: Bearer KEY` or in Anthropic's `x-api-key: KEY`. Throws if
    /// the key is missing or unknown.
    @discardableResult func check(_ headers: HTTPFields) throws(ErrorResponse) -> Caller {
        let key = Self.bearer(headers[.authorization]) ?? headers[.xAPIKey]
        let digest = SHA256.words(of: (key ?? "").utf8)
        // Comparing two digests takes the same time wherever they differ.
        let matches = digests.enumerated().reduce(Int?.none) { ($1.element ^ digest).orOfLanes == 0 ? $1.offset : $0 }
        guard key != nil, let matches else {
            var error = ErrorResponse(
                .unauthorized, "AuthenticationError",
                "the API key is missing or unknown; send Authorization: Bearer KEY")
            error.headers[.wwwAuthenticate] = "Bearer"
            throw error
        }
        return .key(matches)
    }

    private static func bearer(_ authorization: String?) -> String? {
        let parts = (authorization ?? "").split(separator: " ", maxSplits: 1)
        return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
    }
}

extension SIMD8<UInt32> {
    fileprivate var orOfLanes: UInt32 { indices.reduce(0) { $0 | self[$1] } }
}

extension HTTPField.Name {
    fileprivate static let xAPIKey = Self("x-api-key")!
}
