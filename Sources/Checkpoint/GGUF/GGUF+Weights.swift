import Support
import Tensor

extension GGUF {
    /// The tensors under their Hugging Face names; those of an architecture without a mapping keep their own. Llama 3
    /// files carry the divisors of their rotary frequencies as the tensor `rope_freqs.weight` (head size / 2 values)
    /// instead of a scaling type in the metadata.
    package func weights() throws(LoadError) -> WeightFiles {
        try requireUniqueNames()
        guard let architecture = try architecture() else {
            return try WeightFiles(location: file.name, tensors.map { ($0.name, StoredTensor($0)) })
        }
        let heads = try heads()
        var names: [String] = []
        var parts: [String: [TensorEntry]] = [:]
        for entry in tensors where !Self.settingTensors.contains(entry.name) {
            let name = architecture.huggingFaceName(entry.name)
            // A tensor that stacks experts has one name for each.
            let isStack = name.contains(GGUFArchitecture.expert)
            for (index, entry) in (isStack ? entry.slices : [entry]).enumerated() {
                let name = isStack ? name.replacing(GGUFArchitecture.expert, with: String(index)) : name
                if parts[name] == nil { names.append(name) }
                parts[name, default: []].append(entry)
            }
        }
        return try WeightFiles(
            location: file.name, names.map { ($0, architecture.stored(parts[$0] ?? [], heads)) })
    }

    private func requireUniqueNames() throws(LoadError) {
        var names: Set<String> = []
        for entry in tensors where !names.insert(entry.name).inserted {
            throw entry.failure(expected: "one tensor of this name", found: "several")
        }
    }
}

extension GGUFArchitecture {
    /// The tensor in its parts, of which the gate comes before the rest.
    fileprivate func stored(_ parts: [TensorEntry], _ heads: GGUFHeads) -> StoredTensor {
        let parts = parts.sorted { $0.name < $1.name }
        var stored = StoredTensor(parts[0])
        stored.parts = parts
        let pieces = parts[0].name.split(separator: ".")
        let module = String(pieces.dropLast().last ?? "")
        stored.isTransposed = transposed.contains(module)
        if let order = rowOrders[module] {
            let rows = parts[0].extents.dropFirst(module.hasSuffix("_exps") ? 1 : 0).first ?? 0
            stored.rowMap = heads.rowMap(order, rowCount: rows * parts.count) ?? .asStored
        }
        if pieces.last == "weight", module.hasSuffix("norm") { stored.offset = normOffset }
        return stored
    }
}
