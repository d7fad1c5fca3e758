/// The reason why a value is undefined. The value prints as nothing and is false; most operations on it throw `error`.
enum Undefined {
    case name(String)
    case attribute(String, ofType: String)
    case element(String, ofType: String)
    /// An attribute the sandbox hides.
    case unsafeAttribute(String, ofType: String)
    case because(String)

    var message: String {
        switch self {
        case .name(let name): "'\(name)' is undefined"
        case .attribute(let name, let type): "'\(Undefined.owner(type))' has no attribute '\(name)'"
        case .element(let index, let type): "\(Undefined.owner(type)) has no element \(index)"
        case .unsafeAttribute(let name, let type): "access to attribute '\(name)' of '\(type)' object is unsafe."
        case .because(let reason): reason
        }
    }

    private static func owner(_ type: String) -> String { type == "NoneType" ? "None" : "\(type) object" }

    var error: ChatTemplateError { .runtime(message) }
}
