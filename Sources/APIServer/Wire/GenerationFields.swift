import EngineTypes
import Needletail

/// What requests for text have in common, whatever form their prompt has.
struct GenerationFields: Sendable {
    var sampling: SamplingParams
    /// How many outputs a prompt gets.
    let choiceCount: Int
    let stream: StreamOptions
    let returnsTokenIDs: Bool
    let namesTokensByID: Bool
    let cacheSalt: String?

    init(_ fields: Fields, _ client: any EngineClient, _ options: ServerOptions) throws(RequestError) {
        sampling = try SamplingFields.read(fields, client.info)
        choiceCount = try SamplingFields.choiceCount(fields, sampling, options)
        stream = try StreamOptions(fields)
        returnsTokenIDs = try fields.bool("return_token_ids") ?? false
        namesTokensByID = try fields.bool("return_tokens_as_token_ids") ?? (client.input.tokenizer == nil)
        cacheSalt = try fields.string("cache_salt")
    }
}
