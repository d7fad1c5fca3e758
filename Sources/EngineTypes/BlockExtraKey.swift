/// What besides its tokens shapes the content of a cache block, or decides who may share it. Blocks are shared only where
/// all keys agree.
package struct BlockExtraKey: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// Requests share blocks only with requests of the same salt.
        case salt = 1
        /// The weights that an adapter adds, by the generation of its load.
        case adapter = 2
        /// An image or a sound, by the hash of its content.
        case media = 3
    }

    package var kind: Kind
    package var bytes: [UInt8]
    /// The tokens that it concerns; nil for all.
    package var tokens: Range<Int>?

    package init(_ kind: Kind, _ bytes: some Sequence<UInt8>, tokens: Range<Int>? = nil) {
        self.kind = kind
        self.bytes = Array(bytes)
        self.tokens = tokens
    }
}
