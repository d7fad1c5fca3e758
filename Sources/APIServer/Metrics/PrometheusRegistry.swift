package import Metrics
package import Needletail
import Synchronization

/// A swift-metrics backend that keeps metrics in memory and writes them as Prometheus text (exposition format 0.0.4).
package final class PrometheusRegistry: MetricsFactory, MetricRegistry {
    private struct Family {
        let definition: MetricDefinition
        var cells: [(labels: String, cell: MetricCell)] = []
    }

    private struct State {
        var families: [Family] = []
        var indices: [String: Int] = [:]
    }

    private let state = Mutex(State())

    /// `definitions`: help texts and bucket bounds, in page order. Other metrics are defined when first used, with
    /// their name as help and no buckets.
    package init(_ definitions: [MetricDefinition]) {
        for definition in definitions + HTTPMetrics.definitions { define(definition) }
    }

    /// Defines a metric. Does nothing if its name is already defined.
    package func define(_ definition: MetricDefinition) {
        state.withLock { state in
            guard state.indices[definition.name] == nil else { return }
            state.indices[definition.name] = state.families.count
            state.families.append(Family(definition: definition))
        }
    }

    /// Returns the counter with this label and these dimensions; equal arguments return the same one.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(label, dimensions, .counter)
    }

    /// Returns a histogram if `aggregate` is true, otherwise a gauge.
    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        cell(label, dimensions, aggregate ? .histogram : .gauge)
    }

    /// Returns a histogram of seconds.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(label, dimensions, .histogram)
    }

    // Metrics stay on the page for as long as the registry exists.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func cell(_ name: String, _ labels: [(String, String)], _ kind: MetricDefinition.Kind) -> MetricCell {
        define(MetricDefinition(name, kind, name))
        let text = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        return state.withLock { state in
            let index = state.indices[name]!
            if let known = state.families[index].cells.first(where: { $0.labels == text }) { return known.cell }
            let definition = state.families[index].definition
            precondition(definition.kind == kind, "\(name) is defined as a \(definition.kind)")
            let cell = MetricCell(bounds: definition.buckets)
            state.families[index].cells.append((text, cell))
            return cell
        }
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }

    /// All metrics in Prometheus text format, in order of definition.
    package var text: String {
        let families = state.withLock { $0.families }
        return families.filter { !$0.cells.isEmpty }.map { family in
            let definition = family.definition
            let name = definition.name + (definition.kind == .counter ? "_total" : "")
            return "# HELP \(name) \(definition.help)\n# TYPE \(name) \(definition.kind.rawValue)\n"
                + family.cells.map { labels, cell in
                    definition.kind == .histogram
                        ? cell.histogramLines(definition.name, labels) : "\(name){\(labels)} \(cell.value)\n"
                }.joined()
        }.joined()
    }
}
