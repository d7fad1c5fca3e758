import CPUBackend
import ModelStore
import Support
import Tensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// The details of the environment for a problem report: versions, machine, limits and settings, without secrets.
package enum EnvironmentReport {
    package static func items() -> [(name: String, value: String)] {
        let backend = Result { try CPUBackend() }
        let store = StoreEnvironment()
        return [
            ("needletail", needletailVersion),
            ("system", firstLine("/proc/version") ?? "unknown"),
            ("processor", processorField("model name") ?? "unknown"),
            ("instruction sets", instructionSets),
            ("cores", String(ProcessInfo.processInfo.activeProcessorCount)),
            ("memory available", "\(MemoryBudget.availableByteCount >> 20) MiB"),
            ("backend", (try? backend.get().description) ?? "none"),
            ("hub cache", store.hubCache),
            ("built-in models", store.builtInCache),
        ] + settings()
    }

    /// Settings from environment variables; of a secret, only that it is set.
    package static func settings(
        _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> [(name: String, value: String)] {
        let secrets = ["TOKEN", "KEY", "SECRET", "PASSWORD"]
        return environment.keys.sorted()
            .filter { $0.hasPrefix("NEEDLETAIL_") || $0.hasPrefix("HF_") }
            .map { name in (name, secrets.contains(where: name.contains) ? "set" : environment[name] ?? "") }
    }

    private static var instructionSets: String {
        let known: Set = ["avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16"]
        let found = processorField("flags")?.split(separator: " ").map(String.init).filter(known.contains) ?? []
        return found.isEmpty ? "none known" : found.joined(separator: " ")
    }

    private static func processorField(_ name: String) -> String? {
        guard let bytes = try? Files.read("/proc/cpuinfo") else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix(name) {
            return line.split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) }
        }
        return nil
    }

    private static func firstLine(_ path: String) -> String? {
        (try? Files.read(path)).flatMap {
            String(decoding: $0, as: UTF8.self).split(separator: "\n").first.map(String.init)
        }
    }
}
