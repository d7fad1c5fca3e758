import Support
import Tensor
import TestSupport
import Testing

/// Compares the choice of experts with transformers' routers (Goldens/routing.py).
@Suite struct RoutingTests {
    static let goldens: [JSONValue] = {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        do { return try JSONValue(parsing: Files.read("/\(folder)/Goldens/routing.json")).arrayValue ?? [] } catch {
            fatalError("\(error)")
        }
    }()

    @Test func `experts and weights are those of the reference`() throws {
        #expect(Self.goldens.count == 31)
        for golden in Self.goldens {
            let spec = try spec(golden)
            let rows = try [#require(golden["scores"]), #require(golden["experts"]), #require(golden["weights"])]
                .map { try #require($0.arrayValue) }
            for ((scores, experts), weights) in zip(zip(rows[0], rows[1]), rows[2]) {
                let selected = spec.select(floats(scores).span).sorted { $0.expert < $1.expert }
                let expected = zip(experts.arrayValue ?? [], floats(weights)).map { ($0.0.intValue ?? -1, $0.1) }
                    .sorted { $0.0 < $1.0 }
                #expect(selected.map(\.expert) == expected.map(\.0), "\(spec)")
                for (found, wanted) in zip(selected.map(\.weight), expected.map(\.1)) {
                    #expect(abs(found - wanted) <= 2e-6 * max(1, abs(wanted)), "\(spec): \(found), not \(wanted)")
                }
            }
        }
    }

    @Test func `the largest scores come first, and of equal ones the lower index`() {
        let scores: [Float] = [1, 3, 2, 3, 0, 3]
        let spec = RoutingSpec(.softmaxOfSelected, activeCount: 4)
        #expect(spec.select(scores.span).map(\.expert) == [1, 3, 5, 2])
    }

    @Test func `assignments are sorted by expert, and each keeps its place`() {
        let selected: [[(expert: Int, weight: Float)]] = [[(2, 0.5), (0, 0.25)], [(2, 1), (3, 2)], [(0, 3), (2, 4)]]
        let routes = ExpertRoutes(selected, expertCount: 5)
        #expect(routes.width == 2)
        #expect(routes.weights == [0.5, 0.25, 1, 2, 3, 4])
        #expect(routes.tokens == [0, 2, 0, 1, 2, 1])
        #expect(routes.places == [2, 0, 3, 5, 1, 4])
        #expect(routes.ranges.map(\.expert) == [0, 2, 3])
        #expect(routes.ranges.map(\.rows) == [0..<2, 2..<5, 5..<6])
        #expect(ExpertRoutes([], expertCount: 3).ranges.isEmpty)
    }

    private func spec(_ golden: JSONValue) throws -> RoutingSpec {
        let settings = try #require(golden["spec"])
        let scoring: RoutingSpec.Scoring =
            switch settings["scoring"]?.stringValue {
            case "softmax": .softmax
            case "softmaxOfSelected": .softmaxOfSelected
            case "sigmoid": .sigmoid
            default: .sparseMixer(jitter: Float(try #require(settings["jitter"]?.doubleValue)))
            }
        let groups = settings["groups"]?.arrayValue?.compactMap(\.intValue)
        return RoutingSpec(
            scoring, activeCount: try #require(golden["active"]?.intValue),
            isNormalized: settings["isNormalized"]?.boolValue ?? false,
            scale: Float(settings["scale"]?.doubleValue ?? 1), correction: settings["correction"].map(floats),
            groups: groups.map { .init(count: $0[0], activeCount: $0[1], scoredCount: $0[2]) })
    }

    private func floats(_ json: JSONValue) -> [Float] {
        (json.arrayValue ?? []).compactMap { $0.doubleValue.map { Float($0) } }
    }
}
