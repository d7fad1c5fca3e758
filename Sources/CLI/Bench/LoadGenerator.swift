import Benchmarking
import Support

/// Sends each request when it is due, with at most `maxConcurrency` requests running.
struct LoadGenerator: Sendable {
    /// Seconds from the start at which each request is due.
    let times: [Double]
    /// Nil for no limit.
    let maxConcurrency: Int?

    /// Returns the records in request order and the seconds from the start to the last answer.
    func run(
        _ requests: [SampleRequest], progress: ProgressCounter,
        send: @escaping @Sendable (SampleRequest) async -> RequestRecord
    ) async -> (records: [RequestRecord], duration: Double) {
        let start = MonotonicClock.seconds
        let records = await withTaskGroup(of: (Int, RequestRecord).self) { group in
            var records: [RequestRecord?] = Array(repeating: nil, count: requests.count)
            var unreadCount = 0
            for (index, request) in requests.enumerated() {
                await Self.wait(until: start + times[index])
                if unreadCount == maxConcurrency, let (index, record) = await group.next() {
                    records[index] = record
                    unreadCount -= 1
                }
                group.addTask {
                    let record = await send(request)
                    progress.finishedOne()
                    return (index, record)
                }
                unreadCount += 1
            }
            for await (index, record) in group { records[index] = record }
            return records.compactMap { $0 }
        }
        return (records, MonotonicClock.seconds - start)
    }

    private static func wait(until time: Double) async {
        let seconds = time - MonotonicClock.seconds
        // The sleep ends early only if the task is cancelled, which never happens here.
        if seconds > 0 { try? await Task.sleep(for: .seconds(seconds)) }
    }
}
