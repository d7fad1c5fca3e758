import ArgumentParser
import Benchmarking
import Needletail
import Support

/// What requests a benchmark sends.
struct DatasetArguments: ParsableArguments {
    enum Name: String, ExpressibleByArgument, CaseIterable {
        case random, custom
    }

    @Option(name: .customLong("dataset-name"), help: "random: token ids; custom: the texts of --dataset-path.")
    var name = Name.random

    @Option(
        name: .customLong("dataset-path"), help: #"For custom: a file with a line {"prompt": "..."} for each prompt."#)
    var path: String?

    @Option(name: .customLong("num-prompts"), help: "Requests.")
    var count = 1000

    @Option(name: [.customLong("random-input-len"), .customLong("input-len")], help: "Tokens a random prompt.")
    var inputLength = 1024

    @Option(
        name: [.customLong("random-output-len"), .customLong("output-len"), .customLong("custom-output-len")],
        help: "Tokens an output.")
    var outputLength = 128

    @Option(
        name: .customLong("random-range-ratio"),
        help: "Draw lengths from [length * (1 - ratio), length * (1 + ratio)]; at least 0, below 1.")
    var rangeRatio = 0.0

    @Option(
        name: [.customLong("random-prefix-len"), .customLong("prefix-len")],
        help: "Tokens that all random prompts begin with, besides the input length.")
    var prefixLength = 0

    /// Throws for what can be told without a model.
    func check() throws {
        _ = try checked(count, in: 1...1 << 20, "--num-prompts")
        _ = try checked(inputLength, in: 0...1 << 24, "--random-input-len")
        _ = try checked(outputLength, in: 1...1 << 24, "--random-output-len")
        _ = try checked(prefixLength, in: 0...1 << 24, "--random-prefix-len")
        guard rangeRatio >= 0, rangeRatio < 1 else {
            throw EngineError("--random-range-ratio: must be at least 0 and below 1, got \(rangeRatio)")
        }
        guard (name == .custom) == (path != nil) else {
            throw EngineError("--dataset-path: must be given for --dataset-name custom and only for it")
        }
    }

    /// `vocabularySize` bounds the ids of random prompts; `maxModelLength` is the context, where it is known.
    func source(vocabularySize: Int, maxModelLength: Int?) throws -> RequestSource {
        switch name {
        case .random: .random(try random(vocabularySize, maxModelLength), count: count)
        case .custom: .custom(try custom(), count: count, outputLength: outputLength)
        }
    }

    private func random(_ vocabularySize: Int, _ maxModelLength: Int?) throws -> RandomDataset {
        var dataset = RandomDataset(vocabularySize: vocabularySize)
        dataset.inputLength = inputLength
        dataset.outputLength = outputLength
        dataset.rangeRatio = rangeRatio
        dataset.prefixLength = prefixLength
        let (prompt, output) = dataset.longest
        if let maxModelLength, prompt + output > maxModelLength {
            throw EngineError(
                "--random-input-len: prompts of up to \(prompt) and outputs of up to \(output) tokens exceed the context of "
                    + "\(maxModelLength), got \(inputLength)")
        }
        return dataset
    }

    private func custom() throws -> CustomDataset {
        let name = path ?? ""
        return try CustomDataset(parsing: InputFile.read(name, flag: "--dataset-path"), name: name)
    }
}

/// Where the requests of a run come from.
enum RequestSource {
    case random(RandomDataset, count: Int)
    case custom(CustomDataset, count: Int, outputLength: Int)

    /// Other random prompts for another seed, so that no run finds those of another in the prefix cache.
    func requests(seed: UInt64) throws -> [SampleRequest] {
        switch self {
        case .random(let dataset, let count): try dataset.sample(count: count, seed: seed)
        case .custom(let dataset, let count, let outputLength):
            dataset.sample(count: count, outputLength: outputLength)
        }
    }
}
