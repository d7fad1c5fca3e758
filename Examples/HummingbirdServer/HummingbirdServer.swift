import Hummingbird
import Needletail

/// Serves one route, which completes the text of a request:
/// `curl -N -d "Swifts are birds that" http://127.0.0.1:8080/complete`.
@main
struct HummingbirdServer {
    static func main() async throws {
        let llm = try await LLM.load()

        let router = Router()
        router.post("complete") { request, _ -> Response in
            let prompt = try await String(buffer: request.body.collect(upTo: 1 << 20))
            let body = try completion(of: prompt, by: llm)
            return Response(status: .ok, headers: [.contentType: "text/plain; charset=utf-8"], body: body)
        }
        let address = BindAddress.hostname("127.0.0.1", port: 8080)
        try await Application(router: router, configuration: .init(address: address)).runService()

        llm.shutdown()
    }

    /// The text as it grows. A client that disconnects ends its request, because the stream is dropped.
    static func completion(of prompt: String, by llm: LLM) throws -> ResponseBody {
        let stream: RequestStream
        do {
            stream = try llm.stream(.text(prompt), .greedy(maxTokens: 64))
        } catch {
            throw HTTPError(error.code == .overloaded ? .serviceUnavailable : .badRequest, message: error.description)
        }
        return ResponseBody { writer in
            for try await output in stream where !output.text.isEmpty {
                try await writer.write(ByteBuffer(string: output.text))
            }
            try await writer.finish(nil)
        }
    }
}
