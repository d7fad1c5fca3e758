/// The variables of one block: a template, a loop iteration or a macro call. An assignment affects only its own scope.
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
