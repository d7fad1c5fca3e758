extension PythonText {
    static func upper(_ text: String) -> String { text.uppercased() }

    /// `lower`, with a final sigma where Unicode requires one.
    static func lower(_ text: String) -> String {
        guard text.unicodeScalars.contains("Σ") else { return text.lowercased() }
        let scalars = Array(text.unicodeScalars)
        var result = ""
        for (index, scalar) in scalars.enumerated() {
            result += scalar == "Σ" && isFinal(index, in: scalars) ? "ς" : scalar.properties.lowercaseMapping
        }
        return result
    }

    private static func isFinal(_ index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
        let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        return before?.properties.isCased == true && after?.properties.isCased != true
    }

    /// `capitalize`: the first code point in title case, the others in lower case.
    static func capitalized(_ text: String) -> String {
        guard let first = text.unicodeScalars.first else { return text }
        return first.properties.titlecaseMapping + lower(String(text.unicodeScalars.dropFirst()))
    }

    /// `str.title`: words are runs of cased letters.
    static func titled(_ text: String) -> String {
        var result = ""
        var afterCased = false
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            result += afterCased ? properties.lowercaseMapping : properties.titlecaseMapping
            afterCased = properties.isCased
        }
        return result
    }

    static func swapCased(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            result += properties.isUppercase ? properties.lowercaseMapping : properties.uppercaseMapping
        }
        return result
    }

    /// `islower` and `isupper`: at least one cased code point, and none of the other case.
    static func isLower(_ text: String) -> Bool {
        hasCase(text) { $0.isLowercase }
    }

    static func isUpper(_ text: String) -> Bool {
        hasCase(text) { $0.isUppercase }
    }

    private static func hasCase(_ text: String, _ isRight: (Unicode.Scalar.Properties) -> Bool) -> Bool {
        let cased = text.unicodeScalars.lazy.map(\.properties).filter { $0.isCased }
        return !cased.isEmpty && cased.allSatisfy(isRight)
    }

    /// `istitle`: upper case only where a word starts, lower case only inside one.
    static func isTitle(_ text: String) -> Bool {
        var afterCased = false
        var hasCased = false
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            let opens = properties.isUppercase || properties.generalCategory == .titlecaseLetter
            if opens ? afterCased : properties.isLowercase && !afterCased { return false }
            afterCased = opens || properties.isLowercase
            hasCased = hasCased || afterCased
        }
        return hasCased
    }
}
