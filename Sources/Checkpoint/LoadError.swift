/// An error in loading a model; the only error type of this module.
package struct LoadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or folder at fault, as messages show it.
    package var file: String
    /// The tensor at fault, by its name in the file.
    package var tensor: String?
    /// The problem, in the form "expected ..., found ...".
    package var message: String

    package init(file: String, tensor: String? = nil, message: String) {
        self.file = file
        self.tensor = tensor
        self.message = message
    }

    /// An error with the message "expected ..., found ...".
    package init(file: String, tensor: String? = nil, expected: String, found: String) {
        self.init(file: file, tensor: tensor, message: "expected \(expected), found \(found)")
    }

    /// One line: `model.safetensors: tensor 'x': expected ..., found ...`. Names come from untrusted files, so control
    /// characters are escaped and very long text is cut.
    package var description: String {
        let place = tensor.map { ": tensor '\(Self.printable($0))'" } ?? ""
        return "\(Self.printable(file))\(place): \(Self.printable(message))"
    }

    private static func printable(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars.prefix(1000) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: line += scalar.escaped(asASCII: true)
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}
