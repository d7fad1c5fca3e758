/// Variables of one block: a template, a loop pass, a macro call. Assignments stay in their scope.
final class Scope {
    private var ids: [Int] = []
    private var values: [Value] = []
    let parent: Scope?

    init(parent: Scope?) { self.parent = parent }

    func set(_ id: Int, _ value: Value) {
        if let index = ids.firstIndex(of: id) {
            values[index] = value
        } else {
            ids.append(id)
            values.append(value)
        }
    }

    func lookUp(_ id: Int) -> Value? {
        var scope: Scope? = self
        while let current = scope {
            if let index = current.ids.firstIndex(of: id) { return current.values[index] }
            scope = current.parent
        }
        return nil
    }

    func clear() {
        ids = []
        values = []
    }
}
