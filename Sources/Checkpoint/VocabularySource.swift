package import Support

/// The file of a vocabulary, read but not interpreted.
package enum VocabularySource: Sendable {
    /// `tokenizer.json`.
    case tokenizerJSON(JSONValue)
    /// `tekken.json`.
    case tekken(JSONValue)
    /// A model of SentencePiece.
    case sentencePiece([UInt8])
    /// A tiktoken file: lines of a token and its rank.
    case ranks([UInt8])
    /// `vocab.json` and the text of `merges.txt`.
    case vocabularyAndMerges(JSONValue, [UInt8])
}

extension TokenizerFiles {
    /// Maximum size of a vocabulary in bytes.
    private static let maximumByteCount = 512 << 20

    /// Reads the vocabulary; throws if the folder has none, and for a file that is none.
    package func vocabulary() throws(LoadError) -> (file: String, source: VocabularySource) {
        let name = if let vocabularyName { vocabularyName } else { try foundName() }
        return (name, try source(name))
    }

    private func foundName() throws(LoadError) -> String {
        let names = VocabularyNames.found(in: try folder.fileNames())
        if let name = names.first, names.count == 1 { return name }
        guard names.isEmpty else {
            throw LoadError(file: folder.path, expected: "one vocabulary", found: names.joined(separator: ", "))
        }
        throw LoadError(
            file: folder.path, expected: "a tokenizer: \(VocabularyNames.list)", found: "none of these files")
    }

    private func source(_ name: String) throws(LoadError) -> VocabularySource {
        guard name.hasSuffix(".json") else {
            let bytes = try bytes(name)
            // The first field of a SentencePiece model is a piece; a line of ranks starts with Base64.
            return bytes.first == 0x0A ? .sentencePiece(bytes) : .ranks(bytes)
        }
        let json = JSONValue.object(try JSONFields(path: folder.path(of: name)).object)
        if name.contains("tekken") { return .tekken(json) }
        // The vocabulary alone is an object of ids.
        guard let merges = VocabularyNames.companion(of: name) else { return .tokenizerJSON(json) }
        return .vocabularyAndMerges(json, try bytes(merges))
    }

    private func bytes(_ name: String) throws(LoadError) -> [UInt8] {
        let file = try MappedFile(path: folder.path(of: name))
        guard file.byteCount <= Self.maximumByteCount else {
            throw LoadError(file: name, expected: "at most \(Self.maximumByteCount) bytes", found: "\(file.byteCount)")
        }
        return file.bytes(0..<file.byteCount)
    }
}
