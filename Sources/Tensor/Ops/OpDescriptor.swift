/// Describes an operation or one of its variations as a value. A new model adds a field or case to a descriptor, never
/// a method to the backend.
package protocol OpDescriptor: Sendable {}

/// The reason why a backend cannot hold a weight or run an operation.
package struct BackendError: Error, Hashable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}
