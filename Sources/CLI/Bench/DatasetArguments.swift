import ArgumentParser
import Benchmarking
import Needletail
import Support

/// The flags that choose the requests of a benchmark.
struct DatasetArguments: ParsableArguments {
    enum Name: String, ExpressibleByArgument, CaseIterable {
        case random, custom
    }

    @Option(name: .customLong("dataset-name"), help: "random: random token ids; custom: the prompts in --dataset-path.")
    var name = Name.random

    @Option(
        name: .customLong("dataset-path"), help: #"For custom: a JSONL file with one {"prompt": "..."} per line."#)
    var path: String?

    @Option(name: .customLong("num-prompts"), help: "Number of requests.")
    var count = 1000

    @Option(name: [.customLong("random-input-len"), .customLong("input-len")], help: "Tokens per random prompt.")
    var inputLength = 1024

    @Option(
        name: [.customLong("random-output-len"), .customLong("output-len"), .customLong("custom-output-len")],
        help: "Tokens per output.")
    var outputLength = 128

    @Option(
        name: .customLong("random-range-ratio"),
        help: "Draw lengths from [length * (1 - ratio), length * (1 + ratio)]; at least 0, below 1.")
    var rangeRatio = 0.0

    @Option(
        name: [.customLong("random-prefix-len"), .customLong("prefix-len")],
        help: "Tokens of a common prefix of all random prompts, in addition to the input length.")
    var prefixLength = 0

    /// Checks the options that do not depend on the model. Throws for the first wrong one.
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

    /// The source of the requests. `vocabularySize` bounds the ids of random prompts; `maxModelLength` is the context,
    /// if known.
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

/// The source of the requests of a run.
enum RequestSource {
    case random(RandomDataset, count: Int)
    case custom(CustomDataset, count: Int, outputLength: Int)

    /// Random prompts differ from seed to seed, so that no run finds those of another in the prefix cache.
    func requests(seed: UInt64) throws -> [SampleRequest] {
        switch self {
        case .random(let dataset, let count): try dataset.sample(count: count, seed: seed)
        case .custom(let dataset, let count, let outputLength):
            dataset.sample(count: count, outputLength: outputLength)
        }
    }
}
