import EngineTypes
import Needletail
import Support

/// The fields that all generation requests share, whatever form their prompt has.
struct GenerationFields: Sendable {
    var sampling: SamplingParams
    let choices: ChoiceFields
    let stream: StreamOptions
    /// The request's id, which the answer's id contains.
    let requestID: String
    let returnsTokenIDs: Bool
    let returnsPromptText: Bool
    let namesTokensByID: Bool
    let cacheSalt: String?
    let priority: Int
    let truncation: PromptTruncation?
    /// The API's names of engine parameters that it names differently.
    var parameterNames: [String: String] = [:]

    init(_ fields: Fields, _ info: EngineInfo, _ options: ServerOptions) throws(RequestError) {
        try UnsupportedFields.refuse(fields)
        sampling = try SamplingField.parameters(fields, info)
        stream = try StreamOptions(fields, options)
        choices = try ChoiceFields(fields, sampling, stream, options)
        returnsTokenIDs = try fields.bool("return_token_ids") ?? false
        returnsPromptText = try fields.bool("return_prompt_text") ?? false
        namesTokensByID = try fields.bool("return_tokens_as_token_ids") ?? options.namesTokensByID
        requestID = try fields.string("request_id") ?? AnswerHead.newID(prefix: "")
        guard AnswerHead.isUsable(id: requestID) else {
            throw fields.mistake("request_id", "1 to 128 letters, digits and -._~:")
        }
        cacheSalt = try Self.cacheSalt(fields)
        priority = try fields.int("priority") ?? 0
        guard priority == 0 || info.schedulingPolicy == .priority else {
            throw fields.mistake("priority", "0 unless the server runs with --scheduling-policy priority")
        }
        truncation = try PromptTruncation(fields, maxModelLength: info.maxModelLength)
    }

    var choiceCount: Int { choices.returned }

    /// Token ids for the answer; nil unless the request asks for them.
    func returned(_ tokenIDs: [TokenID]) -> JSONValue? {
        returnsTokenIDs ? .array(tokenIDs.map { .integer(Int($0)) }) : nil
    }

    /// Log-probabilities as the answer lists them: with `logprob_token_ids`, the sampled token comes first.
    func shown(_ positions: [PositionLogprobs]) -> [PositionLogprobs] {
        guard sampling.logprobTokenIDs != nil else { return positions }
        return positions.map { position in
            let others = position.top.filter { $0.token != position.sampled.token }
            return PositionLogprobs(sampled: position.sampled, top: [position.sampled] + others)
        }
    }

    private static func cacheSalt(_ fields: Fields) throws(RequestError) -> String? {
        guard let salt = try fields.string("cache_salt") else { return nil }
        guard (1...128).contains(salt.unicodeScalars.count), !salt.contains(where: { "@/\\\0".contains($0) }) else {
            throw fields.mistake("cache_salt", "1 to 128 characters other than @, /, \\ and NUL")
        }
        return salt
    }
}

/// The number of outputs per prompt, and the way they are found.
struct ChoiceFields: Sendable {
    /// Outputs in the answer.
    let returned: Int
    /// Outputs that are generated; the most likely of them are returned.
    let generated: Int
    /// Set for beam search instead of sampling; `returned` is then the number of beams.
    let beams: BeamFields?

    var isSingle: Bool { generated == 1 && beams == nil }

    /// The field that asks for more than one output; nil if there is one.
    var fieldName: String? { generated == 1 ? nil : generated > returned ? "best_of" : "n" }

    init(
        _ fields: Fields, _ sampling: SamplingParams, _ stream: StreamOptions, _ options: ServerOptions
    ) throws(RequestError) {
        let allowed = 1...options.maxChoiceCount
        returned = try fields.int("n") ?? 1
        guard allowed.contains(returned) else {
            throw fields.mistake("n", "in 1...\(options.maxChoiceCount) (--max-n)")
        }
        generated = try fields.int("best_of") ?? returned
        guard allowed.contains(generated), generated >= returned else {
            throw fields.mistake("best_of", "in \(returned)...\(options.maxChoiceCount) (n to --max-n)")
        }
        beams = try fields.bool("use_beam_search") ?? false ? try BeamFields(fields) : nil
        guard beams == nil else {
            guard sampling.promptLogprobs == nil else {
                throw fields.mistake("prompt_logprobs", "absent with use_beam_search")
            }
            guard sampling.logprobTokenIDs == nil else {
                throw fields.mistake("logprob_token_ids", "absent with use_beam_search")
            }
            guard generated == returned else { throw fields.mistake("best_of", "equal to n with use_beam_search") }
            guard !stream.isStreamed else { throw fields.mistake("stream", "false with use_beam_search") }
            return
        }
        guard returned == 1 || !sampling.isGreedy else {
            throw fields.mistake("n", "1 for greedy decoding (temperature 0)")
        }
        guard generated == 1 || !sampling.isGreedy else {
            throw fields.mistake("best_of", "1 for greedy decoding (temperature 0)")
        }
        guard generated == returned || !stream.isStreamed else {
            throw fields.mistake("best_of", "equal to n if the answer is streamed: the best is known only at the end")
        }
    }
}

/// Parameters of beam search other than the number of beams.
struct BeamFields: Sendable {
    let lengthPenalty: Double

    init(_ fields: Fields) throws(RequestError) {
        lengthPenalty = Double(try fields.float("length_penalty") ?? 1)
        guard lengthPenalty.isFinite else { throw fields.mistake("length_penalty", "a finite number") }
    }
}

extension PromptTruncation {
    /// Reads `truncate_prompt_tokens` and `truncation_side`; nil without the former. -1 stands for the context's length
    /// minus the output's.
    fileprivate init?(_ fields: Fields, maxModelLength: Int) throws(RequestError) {
        let side: Side = try fields.choice("truncation_side") ?? .left
        guard let count = try fields.int("truncate_prompt_tokens") else { return nil }
        guard count == -1 || (1...maxModelLength).contains(count) else {
            throw fields.mistake("truncate_prompt_tokens", "-1 or in 1...\(maxModelLength)")
        }
        self.init(maxTokenCount: count == -1 ? nil : count, side: side)
    }
}
