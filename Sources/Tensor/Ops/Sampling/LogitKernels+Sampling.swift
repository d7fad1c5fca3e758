import Support
import Synchronization

/// Per-thread workspaces for sampling, and copies of the unprocessed logits.
final class HostSamplingMemory: SamplingMemory {
    /// Workspace of one thread, committed when first used.
    struct Workspace: Sendable {
        /// Room for a row of logits.
        let copy: Tensor
        /// Always zero between uses; see `penalizeLogits`.
        let marks: Tensor
    }

    let workspaces: [Workspace]
    private let raw: Mutex<Tensor>

    init(vocabularySize: Int, _ kernels: some LogitKernels) {
        let row = Shape(1, vocabularySize)
        workspaces = (0..<kernels.threadCount).map { _ in
            Workspace(copy: kernels.makeTensor(row), marks: kernels.makeTensor(row))
        }
        raw = Mutex(kernels.makeTensor(row))
    }

    /// Returns room for `count` rows. Previous contents are lost if it has to grow.
    func rawRows(_ count: Int, _ kernels: some LogitKernels) -> Tensor {
        raw.withLock { raw in
            let (held, vocabularySize) = (raw.shape[0], raw.shape[1])
            if held < count { raw = kernels.makeTensor(Shape(max(count, 2 * held), vocabularySize)) }
            return raw
        }
    }
}

extension LogitKernels {
    package func makeSamplingMemory(vocabularySize: Int) -> any SamplingMemory {
        HostSamplingMemory(vocabularySize: vocabularySize, self)
    }

    package func sample(_ logits: Tensor, _ plan: SamplingPlan, _ memory: any SamplingMemory) -> [TokenChoice] {
        guard let memory = memory as? HostSamplingMemory else { fatalError("sampling memory of another backend") }
        let step = SamplingStep(logits: logits, plan: plan, memory: memory, kernels: self)
        guard plan.earlyEdit != nil || plan.lateEdit != nil else {
            return mapRows(plan.rows.count) { index, worker in
                step.restrict(index)
                step.shape(index, worker: worker)
                return step.choose(index, worker: worker)
            }
        }
        forEachRow(plan.rows.count) { index, _ in step.restrict(index) }
        plan.earlyEdit?(step.edit)
        forEachRow(plan.rows.count) { step.shape($0, worker: $1) }
        plan.lateEdit?(step.edit)
        return mapRows(plan.rows.count) { step.choose($0, worker: $1) }
    }

    package func score(_ logits: Tensor, _ tokens: [UInt32], _ report: LogprobReport) -> [PositionScores] {
        let statistics = report.isNormalized ? rowStatistics(logits) : []
        return mapRows(tokens.count) { row, _ in
            scores(
                of: tokens[row], report, normalizer: statistics.isEmpty ? 0 : statistics[row].logSumExp,
                logits.rows(row..<row + 1))
        }
    }

    /// Returns the scores of a single row; `logits` has one row.
    func scores(of token: UInt32, _ report: LogprobReport, _ logits: Tensor) -> PositionScores {
        scores(of: token, report, normalizer: report.isNormalized ? rowStatistics(logits)[0].logSumExp : 0, logits)
    }

    private func scores(
        of token: UInt32, _ report: LogprobReport, normalizer: Float, _ logits: Tensor
    ) -> PositionScores {
        func item(_ token: UInt32) -> TokenScore {
            let logit = element(logits, row: 0, column: Int(token))
            return TokenScore(token: token, score: logit - normalizer, rank: countAtLeast(logits, row: 0, value: logit))
        }
        if let tokens = report.tokens { return PositionScores(chosen: item(token), others: tokens.map(item)) }
        let count = report.topCount == -1 ? logits.shape[1] : report.topCount
        let top = count == 0 ? [] : topK(logits, row: 0, count: count)
        return PositionScores(
            chosen: item(token),
            others: top.enumerated().map { place, element in
                TokenScore(token: UInt32(element.index), score: element.value - normalizer, rank: place + 1)
            })
    }
}

/// The execution of a plan. The result of a row does not depend on the thread.
private struct SamplingStep<Kernels: LogitKernels>: Sendable {
    private let logits: Tensor
    private let plan: SamplingPlan
    private let memory: HostSamplingMemory
    private let kernels: Kernels
    /// A copy of the unprocessed logits of each row that reports them; nil if no row does.
    private let rawRows: Tensor?

    init(logits: Tensor, plan: SamplingPlan, memory: HostSamplingMemory, kernels: Kernels) {
        self.logits = logits
        self.plan = plan
        self.memory = memory
        self.kernels = kernels
        let keepsRaw = plan.rows.contains { $0.report?.isProcessed == false }
        rawRows = keepsRaw ? memory.rawRows(plan.rows.count, kernels) : nil
    }

    private func row(_ index: Int) -> Tensor { logits.rows(index..<index + 1) }

    private func rawRow(_ index: Int) -> Tensor? {
        guard plan.rows[index].report?.isProcessed == false else { return nil }
        return rawRows?.rows(index..<index + 1)
    }

    func edit(_ index: Int, _ body: (inout MutableSpan<Float>) -> Void) {
        kernels.withLogits(logits, row: index) { body(&$0) }
    }

    /// Keeps the unprocessed logits, then applies mask and edits.
    func restrict(_ index: Int) {
        let (plan, logits) = (plan.rows[index], row(index))
        if let raw = rawRow(index) { kernels.copyLogits(logits, row: 0, to: raw) }
        if let mask = plan.mask { kernels.maskLogits(logits, row: 0, allowed: mask) }
        for edit in plan.edits {
            switch edit {
            case .keep(let bits): kernels.maskLogits(logits, row: 0, allowed: bits[...])
            case .ban(let tokens): kernels.banTokens(logits, row: 0, tokens: tokens)
            case .add(let tokens, let biases): kernels.addBiases(logits, row: 0, tokens: tokens, biases: biases)
            }
        }
    }

    /// Applies the early edits, the forced token and the penalties; if there are late edits, also temperature and late
    /// edits.
    func shape(_ index: Int, worker: Int) {
        let (plan, logits) = (plan.rows[index], row(index))
        apply(plan.earlyEdits, logits)
        if let token = plan.forcedToken { kernels.forceToken(token, logits: logits, row: 0) }
        if let penalties = plan.penalties {
            kernels.penalizeLogits(logits, penalties, marks: memory.workspaces[worker].marks)
        }
        guard plan.scalesLogits, !plan.isGreedy else { return }
        kernels.withLogits(logits, row: 0) { elements in
            for index in elements.indices { elements[index] /= plan.temperature }
        }
        apply(plan.lateEdits, logits)
    }

    private func apply(_ edits: [SamplingPlan.RowEdit], _ logits: Tensor) {
        guard !edits.isEmpty else { return }
        kernels.withLogits(logits, row: 0) { elements in
            for edit in edits { edit(&elements) }
        }
    }

    func choose(_ index: Int, worker: Int) -> TokenChoice {
        let (plan, logits) = (plan.rows[index], row(index))
        let needsCopy = plan.report?.isProcessed == true || plan.didChoose != nil
        let drawn = needsCopy ? memory.workspaces[worker].copy : nil
        if let drawn { kernels.copyLogits(logits, row: 0, to: drawn) }
        guard let choice = choice(plan, logits) else {
            let hasNaN = kernels.withLogits(logits, row: 0) { row in row.indices.contains { row[$0].isNaN } }
            return .none(hasNaN: hasNaN)
        }
        if let drawn, let didChoose = plan.didChoose {
            kernels.withLogits(drawn, row: 0) { didChoose(choice.token, $0.span) }
        }
        guard let report = plan.report else { return .token(choice.token, nil) }
        let reported = rawRow(index) ?? drawn ?? logits
        if report.isProcessed { choice.mask(reported, temperature: plan.drawTemperature, kernels) }
        return .token(choice.token, kernels.scores(of: choice.token, report, reported))
    }

    /// Returns nil if no token can be chosen. May overwrite the row.
    private func choice(_ plan: SamplingPlan.Row, _ logits: Tensor) -> Choice? {
        let (argmax, maximum) = kernels.argmax(logits, row: 0)
        guard maximum > -.infinity else { return nil }
        guard !plan.isGreedy, maximum.isFinite else { return Choice(token: UInt32(argmax), candidates: .all) }
        return draw(plan, logits, maximum: maximum)
    }

    private func draw(_ plan: SamplingPlan.Row, _ logits: Tensor, maximum: Float) -> Choice {
        let temperature = plan.drawTemperature
        // Tokens below this are less than minP times as likely as the most likely one.
        let cut = plan.minP > 0 ? Float(Math.log(Double(plan.minP))) * temperature : -.infinity
        if plan.topK > 0, plan.topK < logits.shape[1] {
            let candidates = Candidates(
                topK: plan.topK, of: logits, maximum: maximum, temperature: temperature, plan, kernels)
            return Choice(token: candidates.pick(plan.draw), candidates: .only(candidates.tokens))
        }
        let total = kernels.exponentiate(
            logits, row: 0, maximum: maximum, inverseTemperature: 1 / temperature, threshold: maximum + cut)
        if plan.topP < 1 {
            let candidates = Candidates(topP: plan.topP, ofWeights: logits, total: total, kernels)
            return Choice(token: candidates.pick(plan.draw), candidates: .only(candidates.tokens))
        }
        let token = UInt32(kernels.pickWeighted(logits, row: 0, target: plan.draw * total))
        return Choice(token: token, candidates: .atLeast(maximum + cut))
    }
}
