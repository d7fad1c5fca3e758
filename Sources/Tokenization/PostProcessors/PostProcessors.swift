internal import Support

/// Reads the `post_processor` component of `tokenizer.json`.
enum PostProcessors {
    static func make(_ fields: TokenizerFields) throws(TokenizerError) -> SequenceTemplate {
        let type = try fields.string("type")
        guard let factory = factories[type] else {
            throw .unsupported(field: fields.path("type"), value: type, known: Array(factories.keys))
        }
        return try factory(fields)
    }

    private typealias Factory = @Sendable (TokenizerFields) throws(TokenizerError) -> SequenceTemplate

    private static let factories: [String: Factory] = [
        "BertProcessing": { (fields) throws(TokenizerError) in try bert(fields) },
        // Only corrects offsets, which are not computed here.
        "ByteLevel": { (_) throws(TokenizerError) in .plain },
        "RobertaProcessing": { (fields) throws(TokenizerError) in try roberta(fields) },
        "Sequence": { (fields) throws(TokenizerError) in try sequence(fields) },
        "TemplateProcessing": { (fields) throws(TokenizerError) in try template(fields) },
    ]

    private static func bert(_ fields: TokenizerFields) throws(TokenizerError) -> SequenceTemplate {
        let cls = try namedID(fields, "cls")
        let sep = try namedID(fields, "sep")
        let single: [SequenceTemplate.Part] = [
            .specialTokens([cls], typeID: 0), .first(typeID: 0), .specialTokens([sep], typeID: 0),
        ]
        return SequenceTemplate(
            single: single, pair: single + [.second(typeID: 1), .specialTokens([sep], typeID: 1)])
    }

    private static func roberta(_ fields: TokenizerFields) throws(TokenizerError) -> SequenceTemplate {
        let cls = try namedID(fields, "cls")
        let sep = try namedID(fields, "sep")
        let single: [SequenceTemplate.Part] = [
            .specialTokens([cls], typeID: 0), .first(typeID: 0), .specialTokens([sep], typeID: 0),
        ]
        return SequenceTemplate(
            single: single,
            pair: single + [.specialTokens([sep], typeID: 0), .second(typeID: 0), .specialTokens([sep], typeID: 0)])
    }

    /// The id in a member of the form `["</s>", 2]`.
    private static func namedID(_ fields: TokenizerFields, _ key: String) throws(TokenizerError) -> UInt32 {
        guard let id = try fields.array(key).dropFirst().first else { throw .missing(field: fields.path(key) + "[1]") }
        return try TokenizerFields.tokenID(id, path: fields.path(key) + "[1]")
    }

    private static func sequence(_ fields: TokenizerFields) throws(TokenizerError) -> SequenceTemplate {
        var result = SequenceTemplate.plain
        for member in try fields.objects("processors") {
            let template = try make(member)
            if template == .plain { continue }
            guard result == .plain else {
                throw .unsupported(
                    field: fields.path("processors"), value: "with several templates", known: ["a sequence with one"])
            }
            result = template
        }
        return result
    }

    private static func template(_ fields: TokenizerFields) throws(TokenizerError) -> SequenceTemplate {
        let specialTokens = try fields.object("special_tokens")
        return SequenceTemplate(
            single: try parts(fields, "single", specialTokens), pair: try parts(fields, "pair", specialTokens))
    }

    private static func parts(
        _ fields: TokenizerFields, _ key: String, _ specialTokens: TokenizerFields
    ) throws(TokenizerError) -> [SequenceTemplate.Part] {
        var parts: [SequenceTemplate.Part] = []
        for part in try fields.objects(key) {
            if part.has("SpecialToken") {
                let token = try part.object("SpecialToken")
                let ids = try specialTokens.object(try token.string("id")).array("ids")
                parts.append(
                    .specialTokens(try tokenIDs(ids, path: token.path), typeID: try token.tokenID("type_id")))
            } else {
                let sequence = try part.object("Sequence")
                let typeID = try sequence.tokenID("type_id")
                parts.append(try sequence.string("id") == "A" ? .first(typeID: typeID) : .second(typeID: typeID))
            }
        }
        return parts
    }

    private static func tokenIDs(_ values: [JSONValue], path: String) throws(TokenizerError) -> [UInt32] {
        var ids: [UInt32] = []
        for value in values { ids.append(try TokenizerFields.tokenID(value, path: path)) }
        return ids
    }
}
