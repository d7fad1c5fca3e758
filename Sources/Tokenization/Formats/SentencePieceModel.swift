/// A SentencePiece model file (`tokenizer.model`): its pieces and the settings that affect a text's tokens.
struct SentencePieceModel {
    /// The pieces by id, with their types and scores.
    private(set) var pieces = ScoredVocabulary()
    private(set) var trainer = TrainerSettings()
    private(set) var normalizer = NormalizerSettings()

    /// Settings of training (`TrainerSpec`), with the format's defaults.
    struct TrainerSettings {
        /// 1 is Unigram, 2 BPE, 3 words, 4 characters.
        var modelType = 1
        var byteFallback = false
        var treatsSpaceAsSuffix = false
        var unknownID = 0
        var bosID = 1
        var eosID = 2
        var paddingID = -1
    }

    /// Settings of normalisation (`NormalizerSpec`), with the format's defaults.
    struct NormalizerSettings {
        var name = ""
        var hasRules = false
        var addsDummyPrefix = true
        var removesExtraSpaces = true
        var escapesSpaces = true
    }

    /// Reads a model; throws if it is damaged, or if it is not BPE.
    init(_ bytes: [UInt8]) throws(TokenizerError) {
        var reader = ProtobufReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: try readPiece(reader.message(field))
            case 2: try readTrainer(reader.message(field))
            case 3: try readNormalizer(reader.message(field))
            default: break
            }
        }
        try validate()
    }

    private mutating func readPiece(_ message: ProtobufReader) throws(TokenizerError) {
        var message = message
        var text = ""
        var score: Float = 0
        var type = TokenType.normal
        let id = pieces.tokens.count
        while let field = try message.next() {
            switch field.number {
            case 1: text = try message.string(field)
            case 2: score = try message.float(field)
            case 3: type = try TokenType(try message.integer(field), field: "type of piece \(id)")
            default: break
            }
        }
        guard !text.isEmpty else {
            throw .invalid(field: "piece \(id)", value: "empty", allowed: "a text")
        }
        guard !score.isNaN else {
            throw .invalid(field: "score of piece \(id)", value: "NaN", allowed: "a number")
        }
        pieces.append(text, type, score: score)
    }

    private mutating func readTrainer(_ message: ProtobufReader) throws(TokenizerError) {
        var message = message
        while let field = try message.next() {
            switch field.number {
            case 3: trainer.modelType = try message.integer(field)
            case 24: trainer.treatsSpaceAsSuffix = try message.integer(field) != 0
            case 35: trainer.byteFallback = try message.integer(field) != 0
            case 40: trainer.unknownID = try message.integer(field)
            case 41: trainer.bosID = try message.integer(field)
            case 42: trainer.eosID = try message.integer(field)
            case 43: trainer.paddingID = try message.integer(field)
            default: break
            }
        }
    }

    private mutating func readNormalizer(_ message: ProtobufReader) throws(TokenizerError) {
        var message = message
        while let field = try message.next() {
            switch field.number {
            case 1: normalizer.name = try message.string(field)
            case 2: normalizer.hasRules = try !message.range(field).isEmpty
            case 3: normalizer.addsDummyPrefix = try message.integer(field) != 0
            case 4: normalizer.removesExtraSpaces = try message.integer(field) != 0
            case 5: normalizer.escapesSpaces = try message.integer(field) != 0
            default: break
            }
        }
    }
}

extension SentencePieceModel {
    private func validate() throws(TokenizerError) {
        guard !pieces.tokens.isEmpty else { throw .missing(field: "the vocabulary") }
        guard trainer.modelType == 2 else {
            let names = [1: "Unigram", 3: "WORD", 4: "CHAR"]
            throw .unsupported(
                field: "the model type", value: names[trainer.modelType] ?? "\(trainer.modelType)",
                known: ["BPE"])
        }
        guard !normalizer.hasRules else {
            throw .unsupported(
                field: "the normalisation", value: normalizer.name, known: ["identity"])
        }
        guard normalizer.escapesSpaces else {
            throw .unsupported(field: "escape_whitespaces", value: "false", known: ["true"])
        }
        guard !trainer.treatsSpaceAsSuffix else {
            throw .unsupported(field: "treat_whitespace_as_suffix", value: "true", known: ["false"])
        }
        let ids = [
            ("unk_id", trainer.unknownID), ("bos_id", trainer.bosID), ("eos_id", trainer.eosID),
            ("pad_id", trainer.paddingID),
        ]
        for (name, id) in ids where id >= pieces.tokens.count {
            throw .invalid(field: "\(name)", value: "\(id)", allowed: "below \(pieces.tokens.count)")
        }
        if trainer.byteFallback { try requireAllBytes() }
    }

    private func requireAllBytes() throws(TokenizerError) {
        let known = Set(pieces.tokens.compactMap(Spaces.fallbackByte))
        for byte in UInt8.min...UInt8.max where !known.contains(byte) {
            throw .invalid(
                field: "byte_fallback", value: "true without the piece \(Spaces.fallbackToken(byte))",
                allowed: "false, or every byte must have a piece")
        }
    }
}
