import ArgumentParser

/// `needletail debug`: tools for whoever adds a model.
struct Debug: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look into a model's arithmetic and tokens.", subcommands: [DebugTokenize.self, DebugTrace.self])
}
