import EngineTypes
import HTTPTypes
import Needletail
import Support

/// `POST /v1/responses`: OpenAI's responses, streamed, stored or in the background.
struct CreateResponse: Route {
    let method = HTTPRequest.Method.post
    let path = "/v1/responses"
    let countsAsLoad = true
    let operation = Operation(
        summary: "Create a response.", request: RequestSchemas.response, answer: .jsonOrEvents(.reference("Response")))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let responses = services.responses.responses(of: request.caller)
        let (wanted, bytes, generation, start) = try await request.prepare { fields in
            let (name, client) = try services.models.resolve(fields.string("model"))
            let wanted = try ResponsesRequest(fields, client.info, services.options, responses)
            let prompt = try prepare(wanted.prompt, client)
            let bytes = wanted.isStored ? try responses.reserve(wanted.byteCount) : nil
            let generation = try Generation(client, prompts: [prompt], wanted.common, for: request.caller)
            return (wanted, bytes, generation, ResponsesAnswer(wanted, prompt, client.input, model: name))
        }
        var answer = start
        let isStreamed = wanted.common.stream.isStreamed
        if let bytes, wanted.isBackground {
            let stored = StoredResponse(answer.queued, id: answer.id, wanted, responses, bytes)
            let queued = stored.json
            do { try responses.add(stored) } catch {
                generation.cancel()
                throw error
            }
            stored.run(answer, generation, interval: wanted.common.stream.interval)
            return isStreamed ? .events(StoredEvents(response: stored, firstNumber: 0)) : .json(queued)
        }
        if let bytes {
            answer.onFinish = { [id = answer.id] object, text in
                // Fails if the id is that of a response still running in the background, which keeps it.
                try? responses.add(StoredResponse(object, id: id, wanted, text: text, responses, bytes))
            }
        }
        return try await request.respond(with: answer, generation, wanted.common.stream)
    }

    /// Prepares the prompt. Errors of the conversation name `input`, the field that holds it here.
    private func prepare(_ prompt: PromptInput, _ client: any EngineClient) throws(RequestError) -> PreparedPrompt {
        do throws(RequestError) {
            return try client.input.prompts.prepare(prompt)
        } catch {
            throw error.renamed(["messages": "input"])
        }
    }
}

/// `GET /v1/responses/{response_id}`: a stored response in its current state, or its events with `?stream=true`.
struct RetrieveResponse: Route {
    let path = "/v1/responses/{response_id}"
    let operation = Operation(
        summary: "Get a stored response, or its events.",
        query: [("stream", .boolean), ("starting_after", .integer(from: -1))],
        answer: .jsonOrEvents(.reference("Response")), errors: [404: "The response does not exist."])

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let stored = try services.responses.responses(of: request.caller).response(
            request.parameters["response_id"] ?? "")
        guard try request.query.bool("stream") ?? false else { return .json(stored.json) }
        guard stored.isBackground else {
            throw RequestError.invalid("stream", "must be false: only a background response can be streamed again")
        }
        let last = try request.query.int("starting_after") ?? -1
        guard (-1...Int(Int32.max)).contains(last) else {
            throw request.query.mistake("starting_after", "a sequence number, or -1 for all events")
        }
        return .events(StoredEvents(response: stored, firstNumber: last + 1))
    }
}

/// `POST /v1/responses/{response_id}/cancel`: cancels a background response.
struct CancelResponse: Route {
    let method = HTTPRequest.Method.post
    let path = "/v1/responses/{response_id}/cancel"
    let operation = Operation(
        summary: "Cancel a background response.", answer: .json(.reference("Response")),
        errors: [400: "The response is not running in the background.", 404: "The response does not exist."])

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let stored = try services.responses.responses(of: request.caller).response(
            request.parameters["response_id"] ?? "")
        guard stored.isBackground else {
            throw RequestError.invalid("response_id", "Cannot cancel a synchronous response.")
        }
        guard stored.cancel() else {
            throw RequestError.invalid("response_id", "Cannot cancel a response that has ended.")
        }
        return .json(stored.json)
    }
}
