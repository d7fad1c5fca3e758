import FoundationEssentials

/// A parsed model argument.
enum ModelReference: Hashable, Sendable {
    /// A folder or a file.
    case local(path: String)
    case hub(HubReference)
    case builtIn(BuiltInModel)

    /// Parses an argument: an existing path first, then a built-in name, then a hub id; nil is the default model.
    /// `revision`: the revision of a hub id that does not name one.
    init(_ argument: String?, revision: String? = nil) throws(ModelStoreError) {
        self = try Self.parse(argument)
        guard let revision else { return }
        guard case .hub(var reference) = self else {
            throw .revision(revision, expected: "a hub id (organisation/name)", found: argument ?? "the default model")
        }
        guard HubReference.isRevision(revision) else {
            throw .revision(revision, expected: "a branch, a tag or a commit", found: revision)
        }
        guard reference.namesNoRevision || reference.revision == revision else {
            throw .revision(revision, expected: "the revision of the hub id", found: argument ?? "")
        }
        reference.revision = revision
        self = .hub(reference)
    }

    private static func parse(_ argument: String?) throws(ModelStoreError) -> ModelReference {
        guard let argument else { return .builtIn(.standard) }
        if FileManager.default.fileExists(atPath: argument) { return .local(path: argument) }
        if let model = BuiltInModel.named(argument) { return .builtIn(model) }
        if ["/", "./", "../", "~"].contains(where: argument.hasPrefix) { throw .noSuchPath(argument) }
        if let reference = HubReference(argument) { return .hub(reference) }
        if argument.hasSuffix(".gguf"), !argument.contains(":") { throw .noSuchPath(argument) }
        throw .unknownModel(argument, builtIn: BuiltInModel.all.map(\.name), near: BuiltInModel.names(near: argument))
    }
}

/// A revision of a hub repository and, optionally, a single file of it: `org/name[@revision][:file.gguf]`.
struct HubReference: Hashable, Sendable {
    let repository: String
    var revision = Self.standardRevision
    var file: String?

    private static let standardRevision = "main"

    /// Whether the revision is the default one.
    var namesNoRevision: Bool { revision == Self.standardRevision }

    /// Parses a reference; nil if the text has another form.
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
            guard Self.isRevision(revision) else { return nil }
        }
        repository = String(names[0])
        guard Self.isSafePath(repository), repository.utf8.allSatisfy(Self.isNameByte),
            repository.utf8.count(where: { $0 == UInt8(ascii: "/") }) == 1
        else { return nil }
    }

    /// Whether a text may name a branch, a tag or a commit.
    static func isRevision(_ text: String) -> Bool { isSafePath(text) && text.utf8.allSatisfy(isNameByte) }

    /// Whether the revision can only be a commit, whose content never changes.
    var isCommit: Bool { revision.utf8.count == 40 && revision.allSatisfy(\.isHexDigit) }

    /// Whether a path is relative and stays inside the folder it is joined to.
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
