import FoundationEssentials

/// What a model argument names.
enum ModelReference: Hashable, Sendable {
    /// A folder or a file.
    case local(path: String)
    case hub(HubReference)
    case builtIn(BuiltInModel)

    /// An existing path counts first, then a built-in name, then a hub id; without an argument, the default model.
    init(_ argument: String?) throws(ModelStoreError) {
        guard let argument else {
            self = .builtIn(.standard)
            return
        }
        if FileManager.default.fileExists(atPath: argument) {
            self = .local(path: argument)
        } else if let model = BuiltInModel.all.first(where: { $0.name == argument }) {
            self = .builtIn(model)
        } else if ["/", "./", "../", "~"].contains(where: argument.hasPrefix) {
            throw .noSuchPath(argument)
        } else if let reference = HubReference(argument) {
            self = .hub(reference)
        } else if argument.hasSuffix(".gguf"), !argument.contains(":") {
            throw .noSuchPath(argument)
        } else {
            throw .unknownModel(argument, builtIn: BuiltInModel.all.map(\.name))
        }
    }
}

/// A repository of the hub, a revision of it, and the one file that is wanted of it: `org/name[@revision][:file.gguf]`.
struct HubReference: Hashable, Sendable {
    let repository: String
    var revision = "main"
    var file: String?

    /// Nil for a text of another form.
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            let file = String(parts[1])
            guard file.hasSuffix(".gguf"), Self.isSafePath(file) else { return nil }
            self.file = file
        }
        let names = parts[0].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        if names.count == 2 {
            revision = String(names[1])
            guard Self.isSafePath(revision), revision.utf8.allSatisfy(Self.isNameByte) else { return nil }
        }
        repository = String(names[0])
        guard Self.isSafePath(repository), repository.utf8.allSatisfy(Self.isNameByte),
            repository.utf8.count(where: { $0 == UInt8(ascii: "/") }) == 1
        else { return nil }
    }

    /// Whether the revision can only be a commit, which never changes.
    var isCommit: Bool { revision.utf8.count == 40 && revision.allSatisfy(\.isHexDigit) }

    /// A relative path that stays below the folder it is joined to.
    static func isSafePath(_ path: String) -> Bool {
        let unsafeBytes: Set<UInt8> = [UInt8(ascii: "\\"), 0]
        return !path.utf8.contains(where: unsafeBytes.contains)
            && path.split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "/")].contains(byte)
        }
    }
}
