/// A parsed template.
struct Program: Sendable {
    var body: [Statement]
    /// Variable names by id.
    var names: [String]
}

/// A variable, with the id that stands for its name in scopes.
struct VariableName: Sendable {
    var id: Int
    var text: String
}

indirect enum Statement: Sendable {
    case text(String)
    case output(Expression, line: Int)
    case conditional([Branch], otherwise: [Statement])
    case loop(ForLoop)
    case assign(Target, Expression, line: Int)
    case assignBlock(Target, filters: [FilterCall], body: [Statement], line: Int)
    case macro(MacroDefinition)
    case callBlock(Call, caller: MacroDefinition)
    case filterBlock([FilterCall], body: [Statement], line: Int)
    case with([(Target, Expression)], body: [Statement], line: Int)
    case scope([Statement])
    /// A statement that is not available to a chat template, such as `include`; reaching it is an error.
    case unavailable(String, line: Int)
    case breakLoop
    case continueLoop

    struct Branch: Sendable {
        var test: Expression
        var body: [Statement]
        var line: Int
    }
}

/// The target that an assignment, a loop or `with` binds.
indirect enum Target: Sendable {
    case name(VariableName)
    case attribute(VariableName, String)
    case tuple([Target])
}

final class ForLoop: Sendable {
    let target: Target
    let iterable: Expression
    let filter: Expression?
    let isRecursive: Bool
    let body: [Statement]
    let otherwise: [Statement]
    /// The id of the name `loop`.
    let loopName: Int
    let line: Int

    init(
        target: Target, iterable: Expression, filter: Expression?, isRecursive: Bool, body: [Statement],
        otherwise: [Statement], loopName: Int, line: Int
    ) {
        self.target = target
        self.iterable = iterable
        self.filter = filter
        self.isRecursive = isRecursive
        self.body = body
        self.otherwise = otherwise
        self.loopName = loopName
        self.line = line
    }
}

/// A macro, or the body of a `call` block, which acts as one.
final class MacroDefinition: Sendable {
    struct Parameter: Sendable {
        var name: VariableName
        var defaultValue: Expression?
    }

    /// The ids of the special names that a body reads; nil for one that it does not read.
    struct Captures: Sendable {
        var varargs: Int?
        var kwargs: Int?
        var caller: Int?
    }

    let name: VariableName?
    let parameters: [Parameter]
    let captures: Captures
    let body: [Statement]
    let line: Int

    init(name: VariableName?, parameters: [Parameter], captures: Captures, body: [Statement], line: Int) {
        self.name = name
        self.parameters = parameters
        self.captures = captures
        self.body = body
        self.line = line
    }
}

indirect enum Expression: Sendable {
    case literal(Literal)
    case name(VariableName)
    case list([Expression])
    case tuple([Expression])
    case dict([(key: Expression, value: Expression)])
    case attribute(Expression, String)
    case subscripted(Expression, Expression)
    case slice(Expression, start: Expression?, stop: Expression?, step: Expression?)
    case call(Call)
    case filter(Expression, FilterCall)
    case test(Expression, TestCall)
    case not(Expression)
    case negate(Expression)
    case plus(Expression)
    /// A chain of operators of equal precedence, evaluated from left to right.
    case arithmetic(Expression, [(ArithmeticOperator, Expression)])
    case concatenate([Expression])
    case compare(Expression, [(ComparisonOperator, Expression)])
    case and([Expression])
    case or([Expression])
    case conditional(test: Expression, then: Expression, otherwise: Expression?)
}

enum Literal: Sendable {
    case none
    case bool(Bool)
    case integer(Int128)
    case double(Double)
    case string(String)
}

enum ArithmeticOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case floorDivide = "//"
    case modulo = "%"
    case power = "**"
}

enum ComparisonOperator: String, Sendable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case isIn = "in"
    case notIn = "not in"
}

struct CallArguments: Sendable {
    var positional: [Expression] = []
    var keywords: [(name: String, value: Expression)] = []
    /// The expressions of `*args` and `**kwargs`.
    var unpackedPositional: Expression?
    var unpackedKeywords: Expression?

    var isEmpty: Bool {
        positional.isEmpty && keywords.isEmpty && unpackedPositional == nil && unpackedKeywords == nil
    }
}

struct Call: Sendable {
    var callee: Expression
    var arguments: CallArguments
    var line: Int
}

struct FilterCall: Sendable {
    var name: String
    /// Nil for an unknown filter, which fails when it is reached.
    var operation: Operation?
    var arguments: CallArguments
    var line: Int
}

struct TestCall: Sendable {
    var name: String
    var operation: Operation?
    var arguments: CallArguments
    var line: Int
}
