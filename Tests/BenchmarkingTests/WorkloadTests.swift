import Benchmarking
import Testing

@Suite struct ArrivalsTests {
    @Test(arguments: [0.25, 1, 4])
    func `gaps between arrivals have the mean and spread of their burstiness`(burstiness: Double) {
        let gaps = Statistics(Arrivals(rate: 5, burstiness: burstiness).gaps(count: 20_000, seed: 1))
        #expect((gaps.mean - 0.2).magnitude < 0.01)
        // A gamma distribution's deviation is its mean over the root of its shape.
        let deviation = 0.2 / burstiness.squareRoot()
        #expect((gaps.standardDeviation - deviation).magnitude < 0.05 * deviation)
        #expect(gaps.values.allSatisfy { $0 >= 0 })
    }

    @Test func `gaps of Poisson arrivals are exponential`() {
        let gaps = Statistics(Arrivals(rate: 1).gaps(count: 20_000, seed: 2))
        // The median of an exponential distribution of mean 1 is ln 2.
        #expect((gaps.median - 0.6931).magnitude < 0.02)
    }

    @Test func `the last arrival is when the rate says, and the seed decides the others`() {
        let times = Arrivals(rate: 4).times(count: 100, seed: 3)
        #expect(times.count == 100)
        #expect(times == times.sorted())
        #expect((times[99] - 25).magnitude < 1e-9)
        #expect(times == Arrivals(rate: 4).times(count: 100, seed: 3))
        #expect(times != Arrivals(rate: 4).times(count: 100, seed: 4))
    }

    @Test func `without a rate all requests are sent at once`() {
        #expect(Arrivals().times(count: 3, seed: 0) == [0, 0, 0])
        #expect(Arrivals(rate: 2, burstiness: .infinity).times(count: 3, seed: 0) == [0.5, 1, 1.5])
    }
}

@Suite struct DatasetTests {
    @Test func `random requests stay within their ranges and use all of them`() throws {
        var dataset = RandomDataset(vocabularySize: 100)
        dataset.inputLength = 20
        dataset.outputLength = 10
        dataset.rangeRatio = 0.5
        dataset.prefixLength = 4
        let requests = try dataset.sample(count: 400, seed: 1)
        let prompts = requests.map(tokens)
        #expect(Set(prompts.map { $0.prefix(4) }).count == 1)
        #expect(Set(prompts.map(\.count)) == Set(14...34))
        #expect(Set(requests.map(\.outputLength)) == Set(5...15))
        #expect(Set(prompts.joined()) == Set(0..<100))
        #expect(dataset.longest == (34, 15))
    }

    @Test func `the seed decides the random requests`() throws {
        let dataset = RandomDataset(vocabularySize: 1000)
        #expect(try dataset.sample(count: 2, seed: 1) == dataset.sample(count: 2, seed: 1))
        #expect(try dataset.sample(count: 2, seed: 1) != dataset.sample(count: 2, seed: 2))
        #expect(try dataset.sample(count: 2, seed: 1).allSatisfy { $0.promptLength == 1024 })
    }

    @Test func `empty prompts are refused`() {
        var dataset = RandomDataset(vocabularySize: 10)
        dataset.inputLength = 0
        #expect(throws: DatasetError.self) { try dataset.sample(count: 1, seed: 0) }
    }

    @Test func `custom prompts repeat in order`() throws {
        let file = #"{"prompt": "a"}"# + "\r\n\n" + #"{"id": 1, "prompt": "b\n"}"#
        let dataset = try CustomDataset(parsing: Array(file.utf8), name: "f")
        let requests = dataset.sample(count: 3, outputLength: 7)
        #expect(requests.map(\.prompt) == [.text("a"), .text("b\n"), .text("a")])
        #expect(requests.allSatisfy { $0.outputLength == 7 && $0.promptLength == nil })
    }

    @Test(arguments: [
        ("", "--dataset-path: 'f' has no prompts"),
        (
            "{\"prompt\": \"a\"}\n{\"prompt\": 1}",
            "--dataset-path: line 2 of 'f' must be an object with a string 'prompt'"
        ),
        ("[", "--dataset-path: line 1 of 'f': "),
    ])
    func `a mistake in a dataset names the line`(file: String, message: String) {
        let error = #expect(throws: DatasetError.self) { try CustomDataset(parsing: Array(file.utf8), name: "f") }
        #expect(error?.description.hasPrefix(message) == true)
    }

    private func tokens(_ request: SampleRequest) -> [UInt32] {
        if case .tokens(let ids) = request.prompt { ids } else { [] }
    }
}
