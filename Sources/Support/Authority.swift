/// The part of a URL that names a server.
package enum Authority {
    /// A host as written in URLs: an IPv6 address gets brackets (RFC 3986, section 3.2.2) unless it has them.
    package static func host(_ host: String) -> String {
        host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    }

    /// A host as sockets take it: an IPv6 address without brackets.
    package static func address(_ host: String) -> String {
        host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    }
}
