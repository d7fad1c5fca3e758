import ArgumentParser

/// An integer as vLLM's flags take it: `32k` is 32,000, `32K` is 32,768, and so on with m, g and t; only small letters go with
/// a fraction.
struct ReadableInteger: ExpressibleByArgument, CustomStringConvertible {
    let value: Int

    init(_ value: Int) { self.value = value }

    init?(argument: String) {
        let letters = "kmgt"
        guard let last = argument.last, let power = letters.firstIndex(of: Character(last.lowercased())) else {
            guard let value = Int(argument) else { return nil }
            self.value = value
            return
        }
        let exponent = letters.distance(from: letters.startIndex, to: power) + 1
        let base = last.isUppercase ? 1024.0 : 1000.0
        let digits = String(argument.dropLast())
        guard let number = last.isUppercase ? Int(digits).map(Double.init) : Double(digits),
            let value = Int(exactly: (0..<exponent).reduce(number) { product, _ in product * base })
        else { return nil }
        self.value = value
    }

    var description: String { String(value) }
    var defaultValueDescription: String { description }
}

/// A number of tokens, or `auto` (also -1) for what the model takes.
struct ModelLength: ExpressibleByArgument {
    /// Nil: what the model takes.
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
