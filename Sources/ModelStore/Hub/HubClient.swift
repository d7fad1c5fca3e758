import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Support

/// The files of a repository at one commit.
struct HubListing: Hashable, Sendable {
    var commit: String
    var files: [String]
}

/// Metadata that the hub reports for a file before its download.
struct HubFileMetadata: Hashable, Sendable {
    /// The blob's name; for all files that the hub stores itself it is a hash of the content.
    var etag: String
    /// The file's size; nil if the hub does not report it.
    var byteCount: Int?
}

/// The hub's HTTP interface. Redirects are followed here and not by the HTTP client, because the token must not reach
/// another host and because the headers of the first response count.
struct HubClient: Sendable {
    let http: HTTPClient
    let environment: StoreEnvironment
    let reference: HubReference

    static let configuration: HTTPClient.Configuration = {
        let timeout = HTTPClient.Configuration.Timeout(connect: .seconds(10), read: .seconds(30))
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, timeout: timeout)
        // A refused connection is a failed attempt like any other; `retrying` counts those.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }()

    /// Limits on the attempts to reach the hub.
    struct Patience: Sendable {
        let attemptCount: Int
        /// The time until a response begins.
        let timeout: TimeAmount

        static let standard = Patience(attemptCount: 5, timeout: .hours(48))
        /// For use when a cached model can serve instead.
        static let short = Patience(attemptCount: 1, timeout: .milliseconds(800))
    }

    private static let maximumRedirectCount = 5
    private static let maximumListingByteCount = 64 << 20

    func fileURL(_ file: String, commit: String) -> String {
        "\(environment.endpoint)/\(reference.repository)/resolve/\(commit)/\(Self.escaped(file))"
    }

    /// Fetches the list of the repository's files at the requested revision.
    func listing(_ patience: Patience) async throws(ModelStoreError) -> HubListing {
        let revision = Self.escaped(reference.revision, keeping: "")
        let url = "\(environment.endpoint)/api/models/\(reference.repository)/revision/\(revision)"
        let attemptCount = patience.attemptCount
        let bytes = try await retrying(attemptCount: attemptCount) { () async throws(ModelStoreError) -> [UInt8] in
            let answer = try await send(.GET, url, timeout: patience.timeout)
            try check(answer.response.status, url: url, file: nil)
            do {
                return Array(buffer: try await answer.response.body.collect(upTo: Self.maximumListingByteCount))
            } catch {
                throw .connection(url: url, attempts: 1, reason: NetworkFailure.reason(error))
            }
        }
        let value = try? JSONValue(parsing: bytes)
        guard let commit = value?["sha"]?.stringValue, commit.count <= 64, commit.allSatisfy(\.isHexDigit),
            !commit.isEmpty, let siblings = value?["siblings"]?.arrayValue
        else { throw .badResponse(url: url, expected: "JSON with sha and siblings", found: "something else") }
        return HubListing(commit: commit, files: siblings.compactMap { $0["rfilename"]?.stringValue })
    }

    /// Fetches the hash and size of a file.
    func metadata(of file: String, commit: String) async throws(ModelStoreError) -> HubFileMetadata {
        let url = fileURL(file, commit: commit)
        let answer = try await retrying { () async throws(ModelStoreError) -> HubAnswer in
            let answer = try await send(.HEAD, url)
            try check(answer.response.status, url: url, file: file)
            return answer
        }
        var etag = answer.header("X-Linked-Etag") ?? answer.header("ETag") ?? ""
        if etag.hasPrefix("W/") { etag.removeFirst(2) }
        etag = etag.filter { $0 != "\"" }
        guard HubReference.isSafePath(etag), !etag.contains("/"), etag.utf8.count <= 128 else {
            throw .badResponse(url: url, expected: "an ETag", found: "'\(etag)'")
        }
        let size = answer.header("X-Linked-Size") ?? answer.header("Content-Length")
        return HubFileMetadata(etag: etag, byteCount: size.flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 })
    }

    /// Sends a request and follows redirects. Throws `connection` for a failure that a retry may resolve.
    func send(
        _ method: HTTPMethod, _ url: String, headers: HTTPHeaders = [:],
        timeout: TimeAmount = Patience.standard.timeout
    ) async throws(ModelStoreError) -> HubAnswer {
        var current = url
        var token = environment.token
        var seen: [HTTPHeaders] = []
        for _ in 0...Self.maximumRedirectCount {
            var request = HTTPClientRequest(url: current)
            request.method = method
            request.headers = headers
            request.headers.add(name: "User-Agent", value: "needletail")
            request.headers.add(name: "Accept-Encoding", value: "identity")
            if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
            let response: HTTPClientResponse
            do {
                response = try await http.execute(request, deadline: .now() + timeout)
            } catch {
                throw .connection(url: current, attempts: 1, reason: NetworkFailure.reason(error))
            }
            seen.append(response.headers)
            guard (300..<400).contains(response.status.code), let location = response.headers.first(name: "Location")
            else { return HubAnswer(response: response, url: current, headers: seen) }
            guard let next = URL(string: location, relativeTo: URL(string: current))?.absoluteURL else {
                throw .badResponse(url: current, expected: "a redirect to a URL", found: "'\(location)'")
            }
            if !Self.isSameOrigin(next, URL(string: current)) { token = nil }
            current = next.absoluteString
        }
        throw .badResponse(
            url: url, expected: "at most \(Self.maximumRedirectCount) redirects", found: "more")
    }

    /// Throws unless the status means success.
    func check(_ status: HTTPResponseStatus, url: String, file: String?) throws(ModelStoreError) {
        switch status.code {
        case 200..<300: return
        case 401, 403:
            throw .accessDenied(
                repository: reference.repository, status: Int(status.code), hasToken: environment.token != nil)
        case 404: throw .notFound(repository: reference.repository, revision: reference.revision, file: file)
        case 408, 429, 500...: throw .connection(url: url, attempts: 1, reason: "status \(status.code)")
        default: throw .badResponse(url: url, expected: "status 200", found: "\(status.code)")
        }
    }

    /// Repeats `body` with growing delays while it throws `connection`. An attempt in which `progress` grew starts the
    /// count of attempts anew.
    func retrying<Value>(
        attemptCount: Int = Patience.standard.attemptCount, progress: () -> Int = { 0 },
        _ body: () async throws(ModelStoreError) -> Value
    ) async throws(ModelStoreError) -> Value {
        var attempt = 1
        while true {
            let before = progress()
            do {
                return try await body()
            } catch .connection(let url, _, let reason) {
                if progress() > before { attempt = 1 }
                let wait = environment.retryDelay * (1 << (attempt - 1))
                guard attempt < attemptCount, (try? await Task.sleep(for: wait)) != nil else {
                    throw .connection(url: url, attempts: attempt, reason: reason)
                }
                attempt += 1
            }
        }
    }

    private static func isSameOrigin(_ left: URL, _ right: URL?) -> Bool {
        left.scheme == right?.scheme && left.host() == right?.host() && left.port == right?.port
    }

    /// Percent-encodes all bytes but the unreserved ones and those in `kept`.
    private static func escaped(_ text: String, keeping kept: String = "/") -> String {
        var escaped = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain = byte < 128 && (scalar.properties.isAlphabetic || (48...57).contains(byte))
            if isPlain || "-._~".unicodeScalars.contains(scalar) || kept.unicodeScalars.contains(scalar) {
                escaped.unicodeScalars.append(scalar)
            } else {
                escaped += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return escaped
    }
}

/// The last response in a chain of redirects.
struct HubAnswer: Sendable {
    var response: HTTPClientResponse
    var url: String
    /// The headers of all responses, in order.
    var headers: [HTTPHeaders]

    /// A header of the first response that has it, the hub's own; the storage that it redirects to reports other
    /// values.
    func header(_ name: String) -> String? {
        headers.lazy.compactMap { $0.first(name: name) }.first
    }
}
