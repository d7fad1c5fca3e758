package import EngineTypes

/// The live requests in a slab: a request keeps its slot from `insert` to `remove`, after which the slot is reused.
package struct RequestTable: Sendable {
    private var requests: [Request?] = []
    private var freeSlots: [Int] = []
    private var slotOfID: [RequestID: Int] = [:]

    package var count: Int { slotOfID.count }

    /// Number of slots that were ever in use.
    package var slotCount: Int { requests.count }

    package func slot(of id: RequestID) -> Int? { slotOfID[id] }

    /// The slots in use, in no particular order.
    var slots: some Collection<Int> { slotOfID.values }

    /// Accesses a request in place, so that its token array is never copied.
    package subscript(slot: Int) -> Request {
        _read { yield requests[slot]! }
        _modify { yield &requests[slot]! }
    }

    /// Inserts `request` and returns its slot. Traps if the id is already in use.
    mutating func insert(_ request: consuming EngineCoreRequest, chainCount: Int) -> Int {
        let id = request.id
        precondition(slotOfID[id] == nil, "\(id) is already in the table")
        let slot = freeSlots.popLast() ?? requests.count
        if slot == requests.count { requests.append(nil) }
        requests[slot] = Request(request, slot: slot, chainCount: chainCount)
        slotOfID[id] = slot
        return slot
    }

    mutating func remove(slot: Int) {
        slotOfID[self[slot].id] = nil
        requests[slot] = nil
        freeSlots.append(slot)
    }
}
