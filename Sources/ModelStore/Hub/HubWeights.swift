import Support

/// The files of a repository that hold its weights.
enum HubWeights: Hashable, Sendable {
    case safeTensors([String])
    /// The files that the index names.
    case sharded
    /// The file, or the first of several parts.
    case gguf(String)

    static let indexName = "model.safetensors.index.json"

    /// Files that are fetched with safetensors files, if the repository has them.
    static let configurations = ["config.json", "generation_config.json"]

    /// Files beside the vocabulary.
    private static let tokenizerSettings = [
        "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja",
        "chat_template.json",
    ]

    /// The files of a repository's tokenizer and chat templates, with one vocabulary.
    static func tokenizerFiles(_ files: [String]) -> [String] {
        let vocabularies = VocabularyNames.found(in: files.filter { !$0.contains("/") })
        let companions = vocabularies.compactMap(VocabularyNames.companion)
        return vocabularies + (companions + tokenizerSettings).filter(files.contains) + files.filter(isNamedTemplate)
    }

    private static func isNamedTemplate(_ file: String) -> Bool {
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0] == "additional_chat_templates" && file.hasSuffix(".jinja")
            && HubReference.isSafePath(file)
    }

    /// Whether a vocabulary is among the files.
    static func holdTokenizer(_ files: [String]) -> Bool { !VocabularyNames.found(in: files).isEmpty }

    /// Considers only files at the top level of the repository. Throws if none holds weights, or if the choice between
    /// several GGUF models is left open.
    init(files: [String], repository: String) throws(ModelStoreError) {
        let top = files.filter { HubReference.isSafePath($0) && !$0.contains("/") }
        let safeTensors = top.filter { $0.hasSuffix(".safetensors") }
        if top.contains(Self.indexName) {
            self = .sharded
        } else if safeTensors.contains("model.safetensors") {
            self = .safeTensors(["model.safetensors"])
        } else if !safeTensors.isEmpty {
            self = .safeTensors(safeTensors)
        } else {
            let ggufs = GGUFPartName.models(among: top.filter { $0.hasSuffix(".gguf") })
            guard ggufs.count == 1 else { throw .noWeights(repository: repository, found: ggufs) }
            self = .gguf(ggufs[0])
        }
    }

    /// The files of a model that is loaded from `file`: all parts if it is the first of several.
    static func parts(of file: String) -> [String] {
        guard let name = GGUFPartName(file), name.number == 1 else { return [file] }
        return name.all
    }

    /// The files that an index names, each once.
    static func shards(indexPath path: String) throws(ModelStoreError) -> [String] {
        let bytes = try onDisk(path) { try Files.read(path) }
        guard let map = try? JSONValue(parsing: bytes)["weight_map"]?.objectValue else {
            throw .badResponse(url: path, expected: "an index with a weight_map", found: "other JSON")
        }
        let names = Set(map.values.map { $0.stringValue ?? "" }).sorted()
        for name in names where !HubReference.isSafePath(name) || name.contains("/") {
            throw .badResponse(url: path, expected: "plain file names in weight_map", found: "'\(name)'")
        }
        return names
    }
}
