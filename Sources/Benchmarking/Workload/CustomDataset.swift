import Support

/// Prompts from a JSONL file with one `{"prompt": "..."}` per line, as in vLLM's `custom` dataset.
package struct CustomDataset: Sendable {
    package let prompts: [String]

    /// Parses the file `name`, skipping empty lines. Throws an error that names the first line that is not an object
    /// with a string `prompt`.
    package init(parsing bytes: [UInt8], name: String) throws(DatasetError) {
        var prompts: [String] = []
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
            prompts.append(try Self.prompt(Array(line), "--dataset-path: line \(index + 1) of '\(name)'"))
        }
        guard !prompts.isEmpty else { throw DatasetError("--dataset-path: '\(name)' has no prompts") }
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

    /// The first `count` prompts in file order, starting over if the file has fewer.
    package func sample(count: Int, outputLength: Int) -> [SampleRequest] {
        (0..<count).map { SampleRequest(prompt: .text(prompts[$0 % prompts.count]), outputLength: outputLength) }
    }
}
