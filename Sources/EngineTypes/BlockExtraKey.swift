/// An input besides the tokens that affects the content of a cache block or decides who may share it. Requests share a
/// block only if all its keys are equal.
package struct BlockExtraKey: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// A salt: only requests with the same salt share blocks.
        case salt = 1
        /// The weights of an adapter, identified by the generation of its load.
        case adapter = 2
        /// An image or sound, identified by the hash of its content.
        case media = 3
        /// The rotary variant that turned the keys.
        case rotaryVariant = 4
    }

    package var kind: Kind
    package var bytes: [UInt8]
    /// The tokens to which the key applies; nil for all.
    package var tokens: Range<Int>?

    package init(_ kind: Kind, _ bytes: some Sequence<UInt8>, tokens: Range<Int>? = nil) {
        self.kind = kind
        self.bytes = Array(bytes)
        self.tokens = tokens
    }
}
