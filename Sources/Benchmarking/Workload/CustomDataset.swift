import Support

/// Prompts from a JSONL file with a line `{"prompt": "..."}` for each, as in vLLM's `custom`.
package struct CustomDataset: Sendable {
    package let prompts: [String]

    /// Throws for the first line that is no object with a text under `prompt`, naming it. Empty lines are passed over.
    package init(parsing bytes: [UInt8], name: String) throws(DatasetError) {
        var prompts: [String] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
            prompts.append(try Self.prompt(Array(line), "--dataset-path: line \(index + 1) of '\(name)'"))
        }
        guard !prompts.isEmpty else { throw DatasetError("--dataset-path: no prompts in '\(name)'") }
        self.prompts = prompts
    }

    private static func prompt(_ line: [UInt8], _ place: String) throws(DatasetError) -> String {
        let value: JSONValue
        do {
            value = try JSONValue(parsing: line)
        } catch {
            throw DatasetError("\(place): \(error)")
        }
        guard let prompt = value["prompt"]?.stringValue else {
            throw DatasetError("\(place) must be an object with a string 'prompt'")
        }
        return prompt
    }

    /// The first `count` prompts in the file's order, from the start again where it has fewer.
    package func sample(count: Int, outputLength: Int) -> [SampleRequest] {
        (0..<count).map { SampleRequest(prompt: .text(prompts[$0 % prompts.count]), outputLength: outputLength) }
    }
}
