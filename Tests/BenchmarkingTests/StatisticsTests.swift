import Benchmarking
import Testing

@Suite struct StatisticsTests {
    /// `numpy.percentile([3, 1, 4, 1, 5, 9, 2, 6], p)`.
    @Test(arguments: [(0, 1), (10, 1), (25, 1.75), (50, 3.5), (75, 5.25), (90, 6.9), (99, 8.79), (100, 9)])
    func `percentiles equal those of NumPy`(percent: Double, expected: Double) {
        let statistics = Statistics([3, 1, 4, 1, 5, 9, 2, 6])
        #expect((statistics.percentile(percent) - expected).magnitude < 1e-12)
    }

    @Test func `mean, median and standard deviation equal those of NumPy`() {
        let statistics = Statistics([3, 1, 4, 1, 5, 9, 2, 6])
        #expect(statistics.mean == 3.875)
        #expect(statistics.median == 3.5)
        #expect((statistics.standardDeviation - 2.5708704751503917).magnitude < 1e-12)
    }

    @Test func `statistics of one sample and of none are defined`() {
        #expect(Statistics([7]).percentile(99) == 7)
        let empty = Statistics([])
        #expect([empty.mean, empty.median, empty.standardDeviation, empty.percentile(99)] == [0, 0, 0, 0])
    }

    @Test(arguments: [(99.0, "99"), (99.9, "99.9"), (50, "50")])
    func `percentiles are named as in vLLM`(percent: Double, name: String) {
        #expect(Statistics.name(percent) == name)
    }
}
