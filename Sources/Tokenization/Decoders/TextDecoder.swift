internal import Support

/// The treatment of the space that encoding put before a text, when tokens are put together again.
enum LeadingSpace: Hashable, Sendable {
    case kept
    /// Up to this many spaces at the start of the text are left out.
    case stripped(Int)
    /// All spaces of the first token are left out, as the `Metaspace` decoder does.
    case strippedFromFirstToken
}

/// Leaves out the space before a text while its tokens come one by one.
struct LeadingSpaceFilter: Sendable {
    private var leadingSpace: LeadingSpace

    init(_ leadingSpace: LeadingSpace) { self.leadingSpace = leadingSpace }

    /// Whether a space may still have to be left out.
    var isActive: Bool { leadingSpace != .kept }

    /// Appends the bytes of the next token.
    mutating func append(_ token: ArraySlice<UInt8>, to text: inout [UInt8]) {
        switch leadingSpace {
        case .kept: text += token
        case .strippedFromFirstToken:
            text += token.filter { $0 != Spaces.space }
            leadingSpace = .kept
        case .stripped(let count):
            let spaces = min(count, token.prefix { $0 == Spaces.space }.count)
            text += token.dropFirst(spaces)
            leadingSpace = spaces == token.count && spaces < count ? .stripped(count - spaces) : .kept
        }
    }
}

/// The `decoder` component of `tokenizer.json`.
struct TextDecoder {
    let spelling: Spelling
    let leadingSpace: LeadingSpace

    private static let known = ["ByteLevel", "Metaspace", "Sequence of Replace, ByteFallback, Fuse and Strip"]

    init(_ fields: TokenizerFields) throws(TokenizerError) {
        let type = try fields.string("type")
        switch type {
        case "ByteLevel":
            spelling = .bytes
            leadingSpace = .kept
        case "Metaspace":
            spelling = .spaced
            leadingSpace = try Metaspace(fields).prefix == .never ? .kept : .strippedFromFirstToken
        case "Sequence":
            let members = try fields.objects("decoders")
            if members.count == 1, try members[0].string("type") != "Replace" {
                self = try TextDecoder(members[0])
                return
            }
            spelling = .spaced
            leadingSpace = try Self.leadingSpace(members)
        default:
            throw .unsupported(field: fields.path("type"), value: type, known: Self.known)
        }
    }

    /// Reads the steps of SentencePiece's decoding, in the one order that has a meaning.
    private static func leadingSpace(_ members: [TokenizerFields]) throws(TokenizerError) -> LeadingSpace {
        var leadingSpace = LeadingSpace.kept
        var isFused = false
        var hasReplaced = false
        for member in members {
            switch try member.string("type") {
            case "Replace":
                let pattern = try member.object("pattern")
                guard try pattern.string("String") == Spaces.markText, try member.string("content") == " " else {
                    throw .unsupported(
                        field: member.path("pattern"), value: "\(pattern["String"]?.serialized ?? "")",
                        known: ["\(Spaces.markText) by a space"])
                }
                hasReplaced = true
            case "ByteFallback": break
            case "Fuse": isFused = true
            case "Strip": leadingSpace = .stripped(try strip(member, isFused: isFused))
            case let type: throw .unsupported(field: member.path("type"), value: type, known: known)
            }
        }
        guard hasReplaced else {
            throw .unsupported(field: "decoder.decoders", value: "without Replace", known: known)
        }
        return leadingSpace
    }

    private static func strip(_ fields: TokenizerFields, isFused: Bool) throws(TokenizerError) -> Int {
        guard isFused, try fields.string("content") == " ", try fields.tokenID("stop") == 0 else {
            throw .unsupported(
                field: fields.path("type"), value: "Strip", known: ["Strip of spaces at the start, after Fuse"])
        }
        return Int(try fields.tokenID("start"))
    }
}
