import EngineCore
import EngineTypes
import Support
import Synchronization

/// The thread that turns steps into outputs for readers, so that detokenising takes no time from the engine's thread or
/// from those shared by async code.
///
/// A step is handed over in O(1). If the thread falls `capacity` steps behind, the engine's thread waits for it, so
/// that the queue is bounded.
final class OutputThread: Sendable {
    private static let capacity = 64

    /// Nil ends the thread.
    private let steps = Inbox<EngineCoreOutputs?>(capacity: capacity)
    private let thread = Mutex<OSThread?>(nil)

    /// Queues a step; called on the engine's thread.
    func publish(_ step: EngineCoreOutputs) { steps.pushWaiting(step) }

    /// Starts the thread. `stop` is called with the requests that a stop string ended.
    func start(_ output: OutputProcessor, stop: @escaping @Sendable ([RequestID]) -> Void) {
        thread.withLock { [steps] thread in
            thread = OSThread { Self.deliver(steps, to: output, stop) }
        }
    }

    private static func deliver(
        _ steps: Inbox<EngineCoreOutputs?>, to output: OutputProcessor, _ stop: ([RequestID]) -> Void
    ) {
        var batch: [EngineCoreOutputs?] = []
        while true {
            steps.drain(into: &batch, blocking: true)
            for step in batch {
                guard let step else { return }
                let stopped = output.process(step)
                if !stopped.isEmpty { stop(stopped) }
            }
        }
    }

    /// Waits until all steps are delivered and the thread has ended.
    func finish() {
        steps.push(nil)
        if let thread = thread.withLock({ $0.take() }) { thread.join() }
    }
}
