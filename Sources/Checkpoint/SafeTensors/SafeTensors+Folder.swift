import Support

extension SafeTensors {
    /// The weights of a folder: the shards of `model.safetensors.index.json`, else `model.safetensors`, else the only
    /// `.safetensors` file. If there is an index, files that it does not name are ignored.
    static func weights(folder: ModelFolder) throws(LoadError) -> WeightFiles {
        let files = try folder.fileNames().filter { $0.hasSuffix(".safetensors") }
        if folder.contains(indexName) { return try shardedWeights(folder: folder) }
        if files.contains("model.safetensors") { return try weights(file: folder.path(of: "model.safetensors")) }
        guard files.count == 1 else {
            throw LoadError(
                file: folder.path, expected: "model.safetensors or \(indexName)",
                found: files.isEmpty ? "no .safetensors file" : "\(files.count) .safetensors files and no index")
        }
        return try weights(file: folder.path(of: files[0]))
    }

    static let indexName = "model.safetensors.index.json"

    private static func weights(file path: String) throws(LoadError) -> WeightFiles {
        let file = try MappedFile(path: path)
        return try WeightFiles(location: file.name, entries(of: file).map { ($0.name, StoredTensor($0)) })
    }

    /// Reads the tensors that the index names, each from the shard that it assigns.
    private static func shardedWeights(folder: ModelFolder) throws(LoadError) -> WeightFiles {
        let index = try JSONFields(path: folder.path(of: indexName))
        guard let map = try index.object("weight_map") else {
            throw index.failure("weight_map", expected: "an object of tensor names and files", found: "none")
        }
        var shards: [String: [String: TensorEntry]] = [:]
        var named: [(name: String, tensor: StoredTensor)] = []
        for (name, value) in map.members {
            let shard = try shardName(value, tensor: name)
            if shards[shard] == nil {
                let entries = try entries(of: MappedFile(path: folder.path(of: shard)))
                shards[shard] = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
            }
            guard let entry = shards[shard]?[name] else {
                throw LoadError(
                    file: indexName, tensor: name, expected: "a tensor of this name in \(shard)", found: "none")
            }
            named.append((name, StoredTensor(entry)))
        }
        return try WeightFiles(location: indexName, named)
    }

    /// Checks the name of a shard. Shards lie beside the index, so a name with a folder is refused.
    private static func shardName(_ value: JSONValue, tensor: String) throws(LoadError) -> String {
        guard let name = value.stringValue, name.hasSuffix(".safetensors"), !name.utf8.contains(UInt8(ascii: "/")),
            !name.utf8.contains(UInt8(ascii: "\\")), !name.utf8.contains(0)
        else {
            throw LoadError(
                file: indexName, tensor: tensor, expected: "the plain name of a .safetensors file",
                found: value.serialized)
        }
        return name
    }
}
