/// Decodes ids one at a time; the concatenated results equal `Tokenizer.decode` of all ids.
///
/// The cost per id is linear in its own bytes: only bytes not yet returned are kept.
package struct IncrementalDetokenizer: Sendable {
    private let tokenizer: Tokenizer
    private let skipsSpecialTokens: Bool
    private var start: LeadingSpaceFilter
    private var pending: [UInt8] = []

    package init(tokenizer: Tokenizer, skipSpecialTokens: Bool) {
        self.tokenizer = tokenizer
        skipsSpecialTokens = skipSpecialTokens
        start = LeadingSpaceFilter(tokenizer.storage.leadingSpace)
    }

    /// Adds an id and returns the text that it completes: "" while a character is incomplete.
    ///
    /// Text is held back as long as it ends in U+FFFD, which may stand for a character yet to be completed.
    package mutating func append(_ id: UInt32) -> String {
        tokenizer.append(id, to: &pending, skipSpecialTokens: skipsSpecialTokens, &start)
        return Self.endsComplete(pending) ? finish() : ""
    }

    /// Returns the text still held back, with incomplete characters as U+FFFD.
    package mutating func finish() -> String {
        let text = String(decoding: pending, as: UTF8.self)
        pending.removeAll(keepingCapacity: true)
        return text
    }

    /// Whether the last character, which is within the last four bytes, is whole and not U+FFFD.
    private static func endsComplete(_ bytes: [UInt8]) -> Bool {
        if let last = bytes.last, last < 0x80 { return true }
        guard let lead = bytes.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return false }
        guard let last = String(validating: bytes[lead...], as: UTF8.self) else { return false }
        return last.unicodeScalars.count == 1 && last != "\u{FFFD}"
    }
}
