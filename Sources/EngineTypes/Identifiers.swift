/// An index into the vocabulary.
public typealias TokenID = UInt32

/// Identifies a request inside one engine; never reused.
package struct RequestID: Hashable, Sendable, Comparable, CustomStringConvertible {
    package var rawValue: UInt64
    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
    package static func < (left: RequestID, right: RequestID) -> Bool { left.rawValue < right.rawValue }
    package var description: String { "request-\(rawValue)" }
}

/// A sender of requests, as far as the server can tell senders apart. Callers share the queue and take turns.
package enum Caller: Hashable, Sendable {
    /// The holder of an API key, by its index among all keys.
    case key(Int)
    /// The peer of a connection, if the server requires no key.
    case connection(UInt64)
}

/// Identifies a block of a block pool. Block 0 is the null block, which stands for positions that no layer reads.
package struct BlockID: Hashable, Sendable, Comparable {
    package var rawValue: Int32
    package init(_ rawValue: Int32) { self.rawValue = rawValue }
    package static let null = BlockID(0)
    package static func < (left: BlockID, right: BlockID) -> Bool { left.rawValue < right.rawValue }
}
