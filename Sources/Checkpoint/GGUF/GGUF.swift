/// A GGUF model (version 2 or 3): metadata, tensor descriptions, then the tensors' bytes, in one file or in parts.
///
/// The header is untrusted: all of it is checked, including the extent of every tensor, without touching any tensor.
package struct GGUF: Sendable {
    /// The file, or the first of several parts.
    package let file: MappedFile
    /// The version of the format: 2 or 3.
    package let version: Int
    /// The key-value pairs of the header.
    package let metadata: GGUFMetadata
    /// The tensors in file order, under their names in the file; shapes are outermost first.
    package internal(set) var tensors: [TensorEntry]

    /// Opens a file and, if it is the first of a model's parts, the others beside it.
    package init(path: String) throws(LoadError) {
        try self.init(onePart: path)
        try addOtherParts()
    }

    init(onePart path: String) throws(LoadError) {
        file = try MappedFile(path: path)
        var reader = GGUFReader(file: file)
        version = try reader.version()
        let tensorCount = try reader.count("tensors", itemByteCount: TensorInfo.minimumByteCount)
        let pairCount = try reader.count("metadata pairs", itemByteCount: 13)
        metadata = try GGUFMetadata(&reader, count: pairCount)
        var infos: [TensorInfo] = []
        for _ in 0..<tensorCount { infos.append(try TensorInfo(&reader)) }
        let alignment = try Self.alignment(metadata)
        let dataOffset = (reader.offset + alignment - 1) / alignment * alignment
        var tensors: [TensorEntry] = []
        for info in infos {
            tensors.append(try info.entry(file: file, dataOffset: dataOffset, alignment: alignment))
        }
        try TensorEntry.checkDisjoint(tensors)
        self.tensors = tensors
    }

    private static func alignment(_ metadata: GGUFMetadata) throws(LoadError) -> Int {
        let key = "general.alignment"
        let alignment = try metadata.int(key, in: 1...1 << 20) ?? 32
        guard alignment.nonzeroBitCount == 1 else {
            throw metadata.failure(key, expected: "a power of two", found: "\(alignment)")
        }
        return alignment
    }
}

/// The description of a tensor in the header: name, extents (innermost first), type and offset.
private struct TensorInfo {
    static let minimumByteCount = 24

    let name: String
    let extents: [Int]
    let typeID: UInt32
    let offset: UInt64

    init(_ reader: inout GGUFReader) throws(LoadError) {
        let name = try reader.text("a tensor name")
        func failure(_ expected: String, _ found: String) -> LoadError {
            LoadError(file: reader.file.name, tensor: name, expected: expected, found: found)
        }
        let rank = try reader.integer(UInt32.self, "the rank of '\(name)'")
        guard rank <= 4 else { throw failure("at most 4 dimensions", "\(rank)") }
        var extents: [Int] = []
        for _ in 0..<rank {
            let extent = try reader.integer(UInt64.self, "the shape of '\(name)'")
            guard extent > 0, let extent = Int(exactly: extent) else {
                throw failure("extents in 1...\(Int.max)", "\(extent)")
            }
            extents.insert(extent, at: 0)
        }
        self.name = name
        self.extents = extents
        typeID = try reader.integer(UInt32.self, "the type of '\(name)'")
        offset = try reader.integer(UInt64.self, "the offset of '\(name)'")
    }

    func entry(file: MappedFile, dataOffset: Int, alignment: Int) throws(LoadError) -> TensorEntry {
        func failure(_ expected: String, _ found: String) -> LoadError {
            LoadError(file: file.name, tensor: name, expected: expected, found: found)
        }
        guard let count = TensorEntry.elementCount(extents) else {
            throw failure("fewer than 2^63 elements", "shape \(extents)")
        }
        let type = GGMLType(id: typeID)
        guard type.map({ (extents.last ?? 1) % $0.blockSize == 0 }) ?? true else {
            throw failure(
                "a row length that is a multiple of \(type?.blockSize ?? 1) (\(type?.name ?? ""))", "shape \(extents)")
        }
        let (byteCount, overflow) =
            type.map {
                (count / $0.blockSize).multipliedReportingOverflow(by: $0.blockByteCount)
            } ?? (0, false)
        let available = max(0, file.byteCount - dataOffset)
        guard !overflow, byteCount <= available, offset <= available - byteCount else {
            throw failure(
                "\(type?.name ?? "") \(extents) within \(available) bytes of data", "offset \(offset)")
        }
        guard offset % UInt64(alignment) == 0 else {
            throw failure("an offset that is a multiple of \(alignment)", "\(offset)")
        }
        let start = dataOffset + Int(offset)
        return TensorEntry(
            name: name, file: file, typeName: type?.name ?? "type \(typeID)", format: type?.format, extents: extents,
            byteRange: start..<start + byteCount)
    }
}
