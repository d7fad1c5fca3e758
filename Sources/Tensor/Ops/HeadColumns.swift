/// The same columns of every head in float32 rows: head h has those from `first + h * stride` on.
package struct HeadColumns: OpDescriptor {
    /// `[tokens, columns]`.
    package var rows: Tensor
    package var first: Int
    package var stride: Int

    package init(_ rows: Tensor, from first: Int = 0, stride: Int) {
        self.rows = rows
        self.first = first
        self.stride = stride
    }

    /// Returns the columns of a head.
    package func columns(ofHead head: Int, width: Int) -> Range<Int> {
        let start = first + head * stride
        return start..<start + width
    }

    /// Whether all columns of `count` heads lie within the rows.
    package func contains(headCount: Int, width: Int) -> Bool {
        first >= 0 && stride >= width && columns(ofHead: headCount - 1, width: width).upperBound <= rows.shape[1]
    }
}

/// Operations on the single heads of rows.
package protocol HeadColumnOps {
    /// Copies `width` columns of each of `headCount` heads.
    func copyColumns(_ input: HeadColumns, width: Int, headCount: Int, output: HeadColumns)

    /// Multiplies the columns of each head with the weights of that head, as `linear` does.
    func linear(_ input: HeadColumns, perHead weights: [any LinearWeights], output: HeadColumns)
}

extension ReferenceBackend {
    package func copyColumns(_ input: HeadColumns, width: Int, headCount: Int, output: HeadColumns) {
        for token in 0..<input.rows.shape[0] {
            let source = input.rows.row(token)
            var row = output.rows.row(token)
            for head in 0..<headCount {
                row.replaceSubrange(
                    output.columns(ofHead: head, width: width), with: source[input.columns(ofHead: head, width: width)])
            }
            output.rows.setRow(token, row)
        }
    }

    package func linear(_ input: HeadColumns, perHead weights: [any LinearWeights], output: HeadColumns) {
        for (head, weights) in weights.enumerated() {
            let own = Tensor(zeros: Shape(input.rows.shape[0], weights.inputCount))
            let product = Tensor(zeros: Shape(input.rows.shape[0], weights.outputCount))
            let source = HeadColumns(input.rows, from: input.first + head * input.stride, stride: input.stride)
            let target = HeadColumns(output.rows, from: output.first + head * output.stride, stride: output.stride)
            copyColumns(source, width: weights.inputCount, headCount: 1, output: HeadColumns(own, stride: own.shape[1]))
            linear(.rows(own), weights, output: product)
            copyColumns(
                HeadColumns(product, stride: product.shape[1]), width: weights.outputCount, headCount: 1,
                output: target)
        }
    }
}
