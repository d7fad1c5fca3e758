/// An error in finding or fetching a model; the only error type of this module.
package enum ModelStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The argument is not a folder, a file, a hub id or a built-in name.
    /// `near`: the built-in names that it may be a misspelling of.
    case unknownModel(String, builtIn: [String], near: [String] = [])
    /// A revision that does not fit the model.
    case revision(String, expected: String, found: String)
    /// A built-in model that can be fetched but not run.
    case notServed(String)
    /// The repository has no tokenizer.
    case noTokenizer(repository: String)
    /// The argument is a path that does not exist.
    case noSuchPath(String)
    /// The hub denies access (401, 403): the token is missing or has no access.
    case accessDenied(repository: String, status: Int, hasToken: Bool)
    /// The repository, revision or file does not exist on the hub (404).
    case notFound(repository: String, revision: String, file: String?)
    /// The repository has no weights that this engine can load, or several models to choose from (`found`).
    case noWeights(repository: String, found: [String])
    /// The model is not in the cache and network access is disabled.
    case offline(model: String, variable: String)
    /// The hub's response does not follow its protocol.
    case badResponse(url: String, expected: String, found: String)
    /// The request failed in all attempts.
    case connection(url: String, attempts: Int, reason: String)
    /// A file was downloaded completely but has the wrong hash.
    case wrongHash(file: String, expected: String, found: String)
    /// A file operation failed (no space, no permission, ...); `variable` is the environment variable that moves the
    /// folder.
    case fileSystem(path: String, reason: String, variable: String? = nil)
    /// A built-in model's package cannot be downloaded or unpacked.
    case package(name: String, command: String, reason: String)

    /// Whether a cached model may be used instead of the one that could not be fetched.
    var leavesCacheUsable: Bool {
        switch self {
        case .badResponse, .connection, .fileSystem: true
        default: false
        }
    }

    /// This error, with the environment variable that moves the folder if a file operation failed.
    func naming(variable: String) -> ModelStoreError {
        guard case .fileSystem(let path, let reason, nil) = self else { return self }
        return .fileSystem(path: path, reason: reason, variable: variable)
    }

    package var description: String {
        switch self {
        case .unknownModel(let name, let builtIn, let near):
            """
            model '\(name)': expected a folder, a .gguf file, a hub id (organisation/name, \
            organisation/name:file.gguf, organisation/name@revision) or one of \(builtIn.joined(separator: ", "))
            """ + (near.isEmpty ? "" : "; did you mean \(near.joined(separator: " or "))?")
        case .revision(let revision, let expected, let found):
            "--revision \(revision): expected \(expected), found '\(found)'"
        case .notServed(let name):
            "model '\(name)': can only be fetched (`needletail pull \(name)`): its architecture is not supported yet"
        case .noTokenizer(let repository):
            "\(repository): expected a tokenizer (tokenizer.json or tokenizer.model), found none"
        case .noSuchPath(let path): "model '\(path)': expected a folder or a .gguf file, found nothing at this path"
        case .accessDenied(let repository, let status, let hasToken):
            "\(repository): access denied (\(status)); "
                + (hasToken
                    ? "the token in use has no access: accept the model's terms on the hub or use another token"
                    : "set HF_TOKEN to a token of an account with access")
        case .notFound(let repository, let revision, let file):
            "\(repository): expected "
                + (file.map { "the file \($0)" } ?? "a model repository")
                + " at revision \(revision), found none (404); check the spelling, or set HF_TOKEN if it is private"
        case .noWeights(let repository, let found):
            "\(repository): expected .safetensors files or one .gguf file"
                + (found.isEmpty ? ", found neither" : ", found several; name one: \(found.joined(separator: ", "))")
        case .offline(let model, let variable):
            "\(model): not in the cache, and \(variable) forbids the network; unset it to download the model"
        case .badResponse(let url, let expected, let found): "\(url): expected \(expected), found \(found)"
        case .connection(let url, let attempts, let reason):
            attempts == 1
                ? "\(url): request failed: \(reason)"
                : "\(url): request failed after \(attempts) attempts: \(reason); run the command again to resume"
        case .wrongHash(let file, let expected, let found):
            "\(file): expected hash \(expected), found \(found); the partial file was deleted, run the command again"
        case .fileSystem(let path, let reason, let variable):
            "\(path): \(reason)" + (variable.map { "; set \($0) to a folder that this user can read and write" } ?? "")
        case .package(let name, let command, let reason):
            "\(name): `\(command)` failed: \(reason); check Python 3, its pip and the network, or name a local model"
        }
    }
}
