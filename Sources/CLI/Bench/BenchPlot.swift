import ArgumentParser
import Benchmarking
import Needletail
import Support

/// `needletail bench plot`: draws a sweep over concurrencies.
struct BenchPlot: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot", abstract: "Draw results of bench serve against concurrency as SVG.")

    @Argument(help: "Files written by `bench serve --save-result`, each with one or more runs.")
    var results: [String]

    @Option(name: .shortAndLong, help: "File to write the drawing to.")
    var output: String

    @Option(help: "Title of the drawing (default: the model's name).")
    var title: String?

    func run() async throws {
        let file = try ResultFile(output, flag: "--output")
        let documents = try results.map(Self.read)
        let points = try zip(results, documents).flatMap { path, document in
            guard let points = SweepPoint.points(document) else {
                throw EngineError("RESULT: must be a result of bench serve or an array of them, got '\(path)'")
            }
            return points
        }
        let head = SweepPoint.head(documents[0].arrayValue?.first ?? documents[0])
        let plot = SweepPlot(title: title ?? head.title, note: head.note, points: points)
        try file.write(plot.svg)
    }

    private static func read(_ path: String) throws -> JSONValue {
        let bytes = try InputFile.read(path, flag: "RESULT")
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw EngineError("RESULT: '\(path)' is not JSON: \(error)")
        }
    }
}
