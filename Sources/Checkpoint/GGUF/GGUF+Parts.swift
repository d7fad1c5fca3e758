import Support

extension GGUF {
    /// Opens the other parts of the model, beside this first one, and adds their tensors. All metadata except the
    /// numbering of parts is in the first part.
    mutating func addOtherParts() throws(LoadError) {
        let count = try partCount()
        guard count > 1 else { return }
        let number = try partNumber()
        let name = GGUFPartName(file.path)
        guard number == 1 else {
            let first = name.map { ", " + Self.lastComponent($0.first) } ?? ""
            throw LoadError(
                file: file.name, expected: "the first of the model's \(count) parts\(first)", found: "part \(number)")
        }
        guard let name, name.number == 1, name.count == count else {
            throw metadata.failure(
                Self.countKey, expected: "a file name NAME-00001-of-... with this number of parts",
                found: "\(count)")
        }
        let others = name.all.dropFirst()
        let missing = others.filter { !Files.exists($0) }.map(Self.lastComponent)
        guard missing.isEmpty else {
            throw LoadError(
                file: file.name, expected: "\(count) parts in one folder",
                found: "all but \(missing.joined(separator: ", "))")
        }
        for (index, path) in others.enumerated() { try add(GGUF(onePart: path), number: index + 2, of: count) }
        try checkTensorCount()
    }

    private mutating func add(_ part: GGUF, number: Int, of count: Int) throws(LoadError) {
        let (foundNumber, foundCount) = (try part.partNumber(), try part.partCount())
        guard foundNumber == number, foundCount == count else {
            throw LoadError(
                file: part.file.name, expected: "part \(number) of \(count)",
                found: "part \(foundNumber) of \(foundCount)")
        }
        tensors += part.tensors
    }

    private func checkTensorCount() throws(LoadError) {
        let key = "split.tensors.count"
        guard let total = try metadata.int(key, in: 0...Int(Int32.max)), total != tensors.count else { return }
        throw metadata.failure(key, expected: "the number of tensors in all parts, \(tensors.count)", found: "\(total)")
    }

    private static let countKey = "split.count"

    private func partCount() throws(LoadError) -> Int { try metadata.int(Self.countKey, in: 0...99_999) ?? 1 }

    /// The number of this part, from 1; the file counts from 0.
    private func partNumber() throws(LoadError) -> Int {
        let key = "split.no"
        guard let index = try metadata.int(key, in: 0...99_999) else {
            throw metadata.failure(key, expected: "the number of this part", found: "none")
        }
        return index + 1
    }

    private static func lastComponent(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }
}
