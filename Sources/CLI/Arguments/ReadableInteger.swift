import ArgumentParser

/// An integer with vLLM's suffixes: `32k` is 32,000, `32K` is 32,768, and so on with m, g and t. Only lowercase
/// suffixes may follow a fraction.
package struct ReadableInteger: ExpressibleByArgument, CustomStringConvertible {
    package let value: Int

    init(_ value: Int) { self.value = value }

    package init?(argument: String) {
        let letters: [Character] = ["k", "m", "g", "t"]
        guard let last = argument.last, let power = letters.firstIndex(of: Character(last.lowercased())) else {
            guard let value = Int(argument) else { return nil }
            self.value = value
            return
        }
        let base = last.isUppercase ? 1024 : 1000
        let unit = (0...power).reduce(1) { product, _ in product * base }
        let parts = argument.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 1 || (parts.count == 2 && last.isLowercase), let whole = Int(parts[0]) else { return nil }
        let digits = parts.count == 2 ? parts[1] : ""
        guard digits.count <= 3 * (power + 1), digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        let fraction = (Int(digits) ?? 0) * digits.reduce(unit) { rest, _ in rest / 10 }
        let (product, overflows) = whole.multipliedReportingOverflow(by: unit)
        guard !overflows, whole >= 0, product <= .max - fraction else { return nil }
        value = product + fraction
    }

    package var description: String { String(value) }
}

/// A context length in tokens; `auto` and -1 mean the limit of the model.
struct ModelLength: ExpressibleByArgument {
    /// Nil for the limit of the model.
    let value: Int?

    init?(argument: String) {
        guard argument != "auto", argument != "-1" else {
            value = nil
            return
        }
        guard let integer = ReadableInteger(argument: argument) else { return nil }
        value = integer.value
    }
}
