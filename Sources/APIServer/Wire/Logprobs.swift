import EngineTypes
import Needletail
import Support
import Tokenization

/// What tokens are called in answers.
struct TokenNames: Sendable {
    let input: InputProcessor
    /// `token_id:7` in place of the text.
    let byID: Bool

    func name(_ token: TokenID) -> String {
        byID ? "token_id:\(token)" : text(token) ?? "token_id:\(token)"
    }

    func text(_ token: TokenID) -> String? {
        input.tokenizer.map { String(decoding: $0.tokenizer.tokenBytes(token), as: UTF8.self) }
    }

    func bytes(_ token: TokenID) -> JSONValue {
        guard let tokenizer = input.tokenizer?.tokenizer else { return .null }
        return .array(tokenizer.tokenBytes(token).map { .integer(Int($0)) })
    }
}

/// Log-probabilities in the shapes of the API.
enum LogprobsJSON {
    /// JSON has no infinity: what is masked out gets this.
    private static func number(_ logprob: Float) -> JSONValue { .double(max(Double(logprob), -9999)) }

    /// Completions: four parallel lists. `offset`: characters before the first token; moved past the last.
    static func completion(_ positions: [PositionLogprobs?], tokens: [TokenID], _ names: TokenNames, offset: inout Int)
        -> JSONValue
    {
        var offsets: [JSONValue] = []
        var texts: [JSONValue] = []
        var logprobs: [JSONValue] = []
        var tops: [JSONValue] = []
        for (position, token) in zip(positions, tokens) {
            let name = names.name(token)
            offsets.append(.integer(offset))
            texts.append(.string(name))
            offset += name.unicodeScalars.count
            logprobs.append(position.map { number($0.sampled.logprob) } ?? .null)
            tops.append(position.map { top($0, names) } ?? .null)
        }
        return [
            "text_offset": .array(offsets), "token_logprobs": .array(logprobs), "tokens": .array(texts),
            "top_logprobs": .array(tops),
        ]
    }

    /// The token that stands there, then the most likely ones.
    private static func top(_ position: PositionLogprobs, _ names: TokenNames) -> JSONValue {
        var object = JSONObject()
        for item in [position.sampled] + position.top where object[names.name(item.token)] == nil {
            object[names.name(item.token)] = number(item.logprob)
        }
        return .object(object)
    }

    /// Chat: one object a token.
    static func chat(_ positions: [PositionLogprobs], _ names: TokenNames) -> JSONValue {
        ["content": .array(responses(positions, names))]
    }

    /// Responses: the same objects in a plain list.
    static func responses(_ positions: [PositionLogprobs], _ names: TokenNames) -> [JSONValue] {
        positions.map { position in
            var object = chatItem(position.sampled, names)
            object["top_logprobs"] = .array(position.top.map { .object(chatItem($0, names)) })
            return .object(object)
        }
    }

    private static func chatItem(_ item: TokenLogprob, _ names: TokenNames) -> JSONObject {
        [
            "token": .string(names.name(item.token)), "logprob": number(item.logprob),
            "bytes": names.bytes(item.token),
        ]
    }

    /// `prompt_logprobs`: null for the first token, then an object by token id.
    static func prompt(_ positions: [PositionLogprobs?], _ names: TokenNames) -> JSONValue {
        .array(
            positions.map { position in
                guard let position else { return .null }
                var object = JSONObject()
                for item in [position.sampled] + position.top where object[String(item.token)] == nil {
                    object[String(item.token)] = [
                        "logprob": number(item.logprob), "rank": .integer(item.rank),
                        "decoded_token": names.text(item.token).map { .string($0) } ?? .null,
                    ]
                }
                return .object(object)
            })
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
