package import Support

/// Finds a model on disk, fetching it first if it is missing.
package struct ModelStore: Sendable {
    private let environment: StoreEnvironment
    private let progress: any ProgressReporter

    package init(
        environment: StoreEnvironment = StoreEnvironment(), progress: any ProgressReporter = NoProgress()
    ) {
        self.environment = environment
        self.progress = progress
    }

    /// Returns the local folder or `.gguf` file of a model argument: a path, a hub id (`org/name`,
    /// `org/name:file.gguf`, `org/name@revision`) or the name of a built-in model; nil stands for the default model.
    /// `revision`: the revision of a hub id. `content`: the files that are needed.
    package func resolve(
        _ argument: String? = nil, revision: String? = nil, content: ModelContent = .files
    ) async throws(ModelStoreError) -> ResolvedModel {
        switch try ModelReference(argument, revision: revision) {
        case .local(let path):
            return ResolvedModel(path: path, name: path)
        case .hub(let reference):
            let hub = Hub(reference: reference, content: content, environment: environment, progress: progress)
            do {
                return ResolvedModel(path: try await hub.resolve(), name: reference.repository)
            } catch {
                throw error.naming(variable: environment.hubVariable)
            }
        case .builtIn(let model):
            guard model.isServed || content != .model else { throw .notServed(model.name) }
            do {
                return ResolvedModel(path: try await installer(model).resolve(), name: model.name)
            } catch {
                throw error.naming(variable: StoreEnvironment.builtInVariable)
            }
        }
    }

    /// The path of a built-in model; nil if it has not been fetched.
    package func path(of model: BuiltInModel) -> String? { installer(model).existing }

    private func installer(_ model: BuiltInModel) -> BuiltInInstaller {
        BuiltInInstaller(model: model, environment: environment, progress: progress)
    }
}

/// The files of a model that a command needs.
package enum ModelContent: Hashable, Sendable {
    /// All files, to keep them.
    case files
    /// All files, to run the model.
    case model
    /// The files of the tokenizer and the chat template; of models that are not on the hub, all files.
    case tokenizer
}

/// A model on disk.
package struct ResolvedModel: Hashable, Sendable {
    /// A folder or a `.gguf` file.
    package var path: String
    /// The model's name: the path, hub id or built-in name by which it was requested.
    package var name: String

    package init(path: String, name: String) {
        self.path = path
        self.name = name
    }
}
