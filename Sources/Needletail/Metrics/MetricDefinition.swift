/// A metrics backend that needs the definitions of metrics before they are created.
package protocol MetricRegistry {
    func define(_ definition: MetricDefinition)
}

/// A metric as a scraper sees it: vLLM's name, a sentence and, for a histogram, the bounds of its buckets.
package struct MetricDefinition: Sendable {
    package enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    package var name: String
    package var kind: Kind
    package var help: String
    /// Upper bounds of the buckets in ascending order, without infinity.
    package var buckets: [Double]

    package init(_ name: String, _ kind: Kind, _ help: String, buckets: [Double] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.buckets = buckets
    }

    static func counter(_ name: String, _ help: String) -> MetricDefinition {
        MetricDefinition("vllm:" + name, .counter, help)
    }

    static func gauge(_ name: String, _ help: String) -> MetricDefinition {
        MetricDefinition("vllm:" + name, .gauge, help)
    }

    static func histogram(_ name: String, _ buckets: [Double], _ help: String) -> MetricDefinition {
        MetricDefinition("vllm:" + name, .histogram, help, buckets: buckets)
    }
}

/// The bounds of vLLM's histogram buckets.
package enum Buckets {
    package static let firstToken: [Double] = [
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
        2560,
    ]
    package static let token: [Double] = [
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
    ]
    package static let latency: [Double] = [
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
    ]
    package static let iteration: [Double] = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384]
    package static let choices: [Double] = [1, 2, 5, 10, 20]

    /// The bounds 1, 2, 5, 10, 20, 50 and so on up to `limit`.
    package static func oneTwoFive(upTo limit: Int) -> [Double] {
        var bounds: [Double] = []
        var decade = 1
        while true {
            for step in [1, 2, 5] {
                guard decade * step <= limit else { return bounds }
                bounds.append(Double(decade * step))
            }
            decade *= 10
        }
    }
}
