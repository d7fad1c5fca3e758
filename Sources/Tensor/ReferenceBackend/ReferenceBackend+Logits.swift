import Support

extension ReferenceBackend {
    package func forEachRow(_ count: Int, _ body: @Sendable (_ row: Int, _ worker: Int) -> Void) {
        for row in 0..<count { body(row, 0) }
    }

    package func rowStatistics(_ logits: Tensor) -> [RowStatistics] {
        (0..<logits.shape[0]).map { index in
            let row = logits.row(index)
            var argmax = 0
            var maximum = -Float.infinity
            for (position, value) in row.enumerated() where value > maximum { (argmax, maximum) = (position, value) }
            guard maximum.isFinite else {
                return RowStatistics(argmax: Int32(argmax), maximum: maximum, logSumExp: maximum)
            }
            let sum = row.reduce(0.0) { $1.isNaN ? $0 : $0 + Math.exp(Double($1) - Double(maximum)) }
            return RowStatistics(
                argmax: Int32(argmax), maximum: maximum, logSumExp: Float(Double(maximum) + Math.log(sum)))
        }
    }

    package func argmax(_ logits: Tensor, row: Int) -> (index: Int32, value: Float) {
        let statistics = rowStatistics(logits.rows(row..<row + 1))[0]
        return (statistics.argmax, statistics.maximum)
    }

    package func topK(_ logits: Tensor, row: Int, count: Int) -> [(index: Int32, value: Float)] {
        let numbers = logits.row(row).enumerated().filter { !$0.element.isNaN }
        let sorted = numbers.sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }
        return sorted.prefix(max(count, 0)).map { (index: Int32($0.offset), value: $0.element) }
    }

    package func nucleus(_ weights: Tensor, row: Int, target: Double) -> [(index: Int32, value: Float)] {
        let sorted = topK(weights, row: row, count: weights.shape[1]).filter { $0.value > 0 }
        var sum = 0.0
        let reaching = sorted.firstIndex { item in
            sum += Double(item.value)
            return sum >= target
        }
        return Array(sorted[...(reaching ?? sorted.count - 1)])
    }

    package func countAtLeast(_ logits: Tensor, row: Int, value: Float) -> Int {
        logits.row(row).count { $0 >= value }
    }

    package func exponentiate(
        _ logits: Tensor, row: Int, maximum: Float, inverseTemperature: Float, threshold: Float
    ) -> Double {
        let terms = logits.row(row).map { value -> Float in
            guard value >= threshold else { return 0 }
            return Float(Math.exp((Double(value) - Double(maximum)) * Double(inverseTemperature)))
        }
        logits.setRow(row, terms)
        return terms.reduce(0.0) { $0 + Double($1) }
    }

    package func pickWeighted(_ weights: Tensor, row: Int, target: Double) -> Int {
        var sum = 0.0
        var last = 0
        for (index, weight) in weights.row(row).enumerated() where weight > 0 {
            sum += Double(weight)
            last = index
            if sum > target { return index }
        }
        return last
    }
}
