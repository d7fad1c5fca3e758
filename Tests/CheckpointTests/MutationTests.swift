import Checkpoint
import FoundationEssentials
import Support
import TestSupport
import Testing

/// Any damage to a header gives a one-line `LoadError` or a checkpoint whose tensors can be opened. Each test runs in
/// its own process, whose memory no other test touches.
@Suite(.serialized) struct MutationTests {
    private static let seed: UInt64 = 20_240_607

    @Test(.timeLimit(.minutes(2)))
    func `a damaged safetensors file is an error or a checkpoint`() async {
        await #expect(processExitsWith: .success) { try MutationTests.damageSafeTensors() }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a damaged GGUF file is an error or a checkpoint`() async {
        await #expect(processExitsWith: .success) { try MutationTests.damageGGUF() }
    }

    private static func damageSafeTensors() throws {
        let folder = try TemporaryFolder()
        try folder.write("{}", to: "config.json")
        var header = JSONObject()
        for index in 0..<16 {
            header["model.layers.\(index).mlp.up_proj.weight"] = [
                "dtype": "F16", "shape": [4, 2], "data_offsets": [.integer(16 * index), .integer(16 * index + 16)],
            ]
        }
        let bytes = safeTensors(header: JSONValue.object(header).serialized, dataByteCount: 256)
        try survive(
            count: 5000, bytes, header: bytes.count - 256, folder: folder, file: "model.safetensors", open: folder.path)
    }

    private static func damageGGUF() throws {
        let whole = try Fixtures.bytes("gguf/llama-q4_0.gguf")
        let folder = try TemporaryFolder()
        let path = folder.path + "/model.gguf"
        try survive(count: 5000, whole, header: 9440, folder: folder, file: "model.gguf", open: path)
    }

    private static func survive(
        count: Int, _ bytes: [UInt8], header: Int, folder: TemporaryFolder, file: String, open path: String
    ) throws {
        var random = SplitMix(seed: seed)
        let before = try peakMemory()
        var failureCount = 0
        for index in 0..<count {
            var mutation = Mutation(bytes: bytes, header: header)
            mutation.damage(&random)
            try folder.write(mutation.bytes, to: file)
            do {
                try readAll(path)
            } catch let error as LoadError {
                failureCount += 1
                let lineCount = error.description.split(whereSeparator: \.isNewline).count
                #expect(lineCount == 1, "mutation \(index) of seed \(seed)")
                #expect(error.description.count < 3000)
            }
        }
        #expect(failureCount > count / 4, "only \(failureCount) of \(count) mutations were noticed")
        #expect(try peakMemory() - before < 64 << 20)
    }

    private static func readAll(_ path: String) throws {
        let checkpoint = try Checkpoint.open(path: path)
        for name in checkpoint.weights.tensorNames { _ = try checkpoint.weights.tensor(named: name) }
        if case .gguf(let file) = checkpoint.tokenizer { _ = try file.tokenizer() }
        _ = try checkpoint.config.rope()
    }

    /// Peak resident memory of this process in bytes.
    private static func peakMemory() throws -> Int {
        let status = String(decoding: try Files.read("/proc/self/status"), as: UTF8.self)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter(\.isNumber))) * 1024
    }
}

/// Random damage to the header of a file.
private struct Mutation {
    var bytes: [UInt8]
    let header: Int

    /// One to four edits: flipped bits, replaced bytes, extreme numbers of one to eight bytes, digits, truncation.
    mutating func damage(_ random: inout SplitMix) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let position = Int.random(in: 0..<min(header, bytes.count), using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[position] = .random(in: 0...255, using: &random)
            case 2: overwrite(position, wildNumber(&random))
            case 3: overwrite(Int.random(in: 0..<32, using: &random), wildNumber(&random))
            case 4: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...8, using: &random)))
            case 5: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 8)], at: position)
            case 6: editDigit(from: position, &random)
            default:
                let end = Bool.random(using: &random) ? position : Int.random(in: 0..<bytes.count, using: &random)
                bytes.removeLast(bytes.count - max(end, 1))
            }
        }
    }

    private mutating func overwrite(_ position: Int, _ value: [UInt8]) {
        for (index, byte) in value.enumerated() where position + index < bytes.count { bytes[position + index] = byte }
    }

    private func wildNumber(_ random: inout SplitMix) -> [UInt8] {
        let values: [UInt64] = [
            0, 1, 0x7F, 0xFFFF, 1 << 31, .max >> 1, .max, 1 << 40, UInt64(bytes.count), random.next(),
        ]
        let width = [1, 4, 8].randomElement(using: &random) ?? 8
        return Array(littleEndian(values.randomElement(using: &random) ?? 0)[..<width])
    }

    private mutating func editDigit(from position: Int, _ random: inout SplitMix) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let index = bytes[position..<min(header, bytes.count)].firstIndex(where: digits.contains) else { return }
        bytes[index] = .random(in: digits, using: &random)
        if Bool.random(using: &random) { bytes.insert(contentsOf: Array("99999999999".utf8), at: index) }
    }
}
