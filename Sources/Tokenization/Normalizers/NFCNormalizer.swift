/// Normalises text to NFC (canonical composition).
struct NFCNormalizer: Normalizer {
    func normalize(_ bytes: inout [UInt8]) {
        if let normalized = CanonicalComposition.normalized(bytes) { bytes = normalized }
    }
}
