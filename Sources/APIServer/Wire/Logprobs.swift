import EngineTypes
import Needletail
import Support

/// Log-probabilities in the JSON formats of the APIs.
enum LogprobsJSON {
    /// JSON has no infinity: a masked token gets -9999.
    fileprivate static func number(_ logprob: Float) -> JSONValue { .double(max(Double(logprob), -9999)) }

    /// Chat completions: one object per token.
    static func chat(_ positions: [PositionLogprobs], _ reader: inout TokenReader) -> JSONValue {
        ["content": .array(responses(positions, &reader))]
    }

    /// Responses: one object per token, in a plain list.
    static func responses(_ positions: [PositionLogprobs], _ reader: inout TokenReader) -> [JSONValue] {
        positions.map { position in
            var object = chatItem(position.sampled, reader)
            object["top_logprobs"] = .array(position.top.map { .object(chatItem($0, reader)) })
            reader.read(position.sampled.token)
            return .object(object)
        }
    }

    private static func chatItem(_ item: TokenLogprob, _ reader: TokenReader) -> JSONObject {
        [
            "token": .string(reader.name(item.token)), "logprob": number(item.logprob),
            "bytes": reader.bytes(item.token),
        ]
    }

    /// `prompt_logprobs`: null for the first token, then one object per token, with token ids as keys.
    static func prompt(_ positions: [PositionLogprobs?], _ tokens: [TokenID], _ names: TokenNames) -> JSONValue {
        var reader = names.promptReader()
        return .array(
            zip(positions, tokens).map { position, token in
                defer { reader.read(token) }
                guard let position else { return .null }
                var object = JSONObject()
                for item in [position.sampled] + position.top where object[String(item.token)] == nil {
                    object[String(item.token)] = [
                        "logprob": number(item.logprob), "rank": .integer(item.rank),
                        "decoded_token": reader.text(item.token).map { .string($0) } ?? .null,
                    ]
                }
                return .object(object)
            })
    }
}

/// Log-probabilities of completions: four parallel lists.
struct CompletionLogprobs {
    private var offsets: [JSONValue] = []
    private var texts: [JSONValue] = []
    private var logprobs: [JSONValue] = []
    private var tops: [JSONValue] = []

    mutating func append(_ positions: [PositionLogprobs?], _ tokens: [TokenID], _ reader: inout TokenReader) {
        for (position, token) in zip(positions, tokens) {
            offsets.append(.integer(reader.offset))
            texts.append(.string(reader.name(token)))
            logprobs.append(position.map { LogprobsJSON.number($0.sampled.logprob) } ?? .null)
            tops.append(position.map { Self.top($0, reader) } ?? .null)
            reader.read(token)
        }
    }

    var json: JSONValue {
        [
            "text_offset": .array(offsets), "token_logprobs": .array(logprobs), "tokens": .array(texts),
            "top_logprobs": .array(tops),
        ]
    }

    /// The position's own token, then the most likely ones. If several tokens have the same text, the first has it as
    /// its key, and the others have their ids.
    private static func top(_ position: PositionLogprobs, _ reader: TokenReader) -> JSONValue {
        var object = JSONObject()
        var seen: Set<TokenID> = []
        for item in [position.sampled] + position.top where seen.insert(item.token).inserted {
            let name = reader.name(item.token)
            object[object[name] == nil ? name : TokenNames.name(item.token)] = LogprobsJSON.number(item.logprob)
        }
        return .object(object)
    }
}

extension StopReason {
    var json: JSONValue {
        switch self {
        case .token(let id): .integer(Int(id))
        case .string(let text): .string(text)
        }
    }
}
