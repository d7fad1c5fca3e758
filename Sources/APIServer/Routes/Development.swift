import EngineTypes
import HTTPTypes
import Needletail
import Support

// Routes for operators and tests, served only with `--enable-dev-routes`.

/// `POST /reset_prefix_cache`: clears the prefix cache of every engine.
struct ResetPrefixCache: Route {
    let method = HTTPRequest.Method.post
    let path = "/reset_prefix_cache"
    let operation = Operation(summary: "Clear the prefix caches.", answer: .empty)

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        for client in services.models.all { client.resetPrefixCache() }
        return .empty(.ok)
    }
}

/// `GET /server_info`: the server's version and the settings of every served model.
struct ServerInfo: Route {
    let path = "/server_info"
    let operation = Operation(summary: "Return the server's version and the settings of its models.")

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let models = try services.models.names.map { name -> JSONValue in
            let info = try services.models.resolve(name).client.info
            return [
                "name": .string(name), "model": .string(info.modelName), "summary": .string(info.summary),
                "max_model_len": .integer(info.maxModelLength), "threads": .integer(info.threadCount),
                "block_size": .integer(info.blockSize), "num_gpu_blocks": .integer(info.maxBlockCount),
                "enable_prefix_caching": .bool(info.cachesPrefixes),
                "scheduling_policy": .string(info.schedulingPolicy.rawValue),
            ]
        }
        return .json(["version": .string(needletailVersion), "models": .array(models)])
    }
}

/// `POST /pause?mode=abort|wait|keep`: stops the engines' steps. `abort` ends all requests first, `wait` lets them
/// finish, `keep` leaves them where they are. New requests are refused until `/resume`.
struct Pause: Route {
    let method = HTTPRequest.Method.post
    let path = "/pause"
    let operation = Operation(
        summary: "Pause the engines and refuse new requests.",
        query: [("mode", .choice(PauseMode.self)), ("clear_cache", .boolean)],
        answer: .json(.object(["status": .string], required: ["status"])))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        let mode: PauseMode = try request.query.choice("mode") ?? .abort
        let clears = try request.query.bool("clear_cache") ?? true
        for client in services.models.all {
            await client.pause(mode)
            if clears, mode != .keep { client.resetPrefixCache() }
        }
        return .json(["status": "paused"])
    }
}

/// `POST /resume`: ends a pause.
struct Resume: Route {
    let method = HTTPRequest.Method.post
    let path = "/resume"
    let operation = Operation(
        summary: "Resume after a pause.", answer: .json(.object(["status": .string], required: ["status"])))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        for client in services.models.all { client.resume() }
        return .json(["status": "resumed"])
    }
}

/// `GET /is_paused`: whether any engine is paused.
struct IsPaused: Route {
    let path = "/is_paused"
    let operation = Operation(
        summary: "Report whether any engine is paused.",
        answer: .json(.object(["is_paused": .boolean], required: ["is_paused"])))

    func respond(to request: RouteRequest, _ services: ServerServices) async throws -> RouteResponse {
        .json(["is_paused": .bool(services.models.all.contains(where: \.isPaused))])
    }
}
