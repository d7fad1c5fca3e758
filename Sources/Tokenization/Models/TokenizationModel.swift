/// Turns the pieces of a pre-tokenised text into ids.
protocol TokenizationModel: Sendable {
    func encode(_ text: PreTokenizedText, into ids: inout [UInt32])
}
