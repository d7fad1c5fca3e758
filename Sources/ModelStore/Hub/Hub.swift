import AsyncHTTPClient
import FoundationEssentials
import Support

/// Fetches one repository of the hub into the cache.
struct Hub: Sendable {
    let reference: HubReference
    let content: ModelContent
    let environment: StoreEnvironment
    let progress: any ProgressReporter

    private var cache: HubCache { HubCache(root: environment.hubCache, repository: reference.repository) }

    /// Returns the model's folder or file. A cached commit is used without network access, and a cached model is used
    /// as it is if the hub cannot be reached.
    func resolve() async throws(ModelStoreError) -> String {
        let cached = content == .tokenizer ? cache.tokenizer(reference) : cache.model(reference)
        if let cached, reference.isCommit || environment.isOffline { return cached }
        guard !environment.isOffline else {
            throw .offline(model: reference.repository, variable: StoreEnvironment.offlineVariable)
        }
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: HubClient.configuration)
        let client = HubClient(http: http, environment: environment, reference: reference)
        let result: Result<String, ModelStoreError>
        do throws(ModelStoreError) {
            result = .success(try await fetch(client, cached: cached))
        } catch {
            result = .failure(error)
        }
        try? await http.shutdown()
        return try result.get()
    }

    private func fetch(_ client: HubClient, cached: String?) async throws(ModelStoreError) -> String {
        do throws(ModelStoreError) {
            let listing = try await client.listing(cached == nil ? .standard : .short)
            let path = try await fetchModel(client, listing)
            try cache.setCommit(listing.commit, of: reference.revision)
            return path
        } catch {
            guard let cached, error.leavesCacheUsable else { throw error }
            progress.note("\(error); using the copy in the cache")
            return cached
        }
    }

    /// Fetches the missing files of the model and returns its path.
    private func fetchModel(_ client: HubClient, _ listing: HubListing) async throws(ModelStoreError) -> String {
        let snapshot = cache.snapshotFolder(listing.commit)
        if let file = reference.file {
            guard listing.files.contains(file) else {
                throw .notFound(repository: reference.repository, revision: reference.revision, file: file)
            }
            try await fetch(HubWeights.parts(of: file), client, listing)
            return "\(snapshot)/\(file)"
        }
        if content == .tokenizer {
            let files = HubWeights.tokenizerFiles(listing.files)
            guard HubWeights.holdTokenizer(files) else { throw .noTokenizer(repository: reference.repository) }
            try await fetch(files, client, listing)
            return snapshot
        }
        let weights = try HubWeights(files: listing.files, repository: reference.repository)
        if case .gguf(let file) = weights {
            try await fetch(HubWeights.parts(of: file), client, listing)
            return "\(snapshot)/\(file)"
        }
        try await fetch(HubWeights.configurations.filter(listing.files.contains), client, listing)
        try await fetch(HubWeights.tokenizerFiles(listing.files), client, listing)
        if case .safeTensors(let files) = weights {
            try await fetch(files, client, listing)
        } else {
            try await fetch([HubWeights.indexName], client, listing)
            try await fetch(HubWeights.shards(indexPath: "\(snapshot)/\(HubWeights.indexName)"), client, listing)
        }
        return snapshot
    }

    private func fetch(
        _ files: [String], _ client: HubClient, _ listing: HubListing
    ) async throws(ModelStoreError) {
        for file in files where !FileAccess.exists("\(cache.snapshotFolder(listing.commit))/\(file)") {
            let metadata = try await client.metadata(of: file, commit: listing.commit)
            let blob = cache.blobPath(metadata.etag)
            try FileAccess.makeFolder("\(cache.folder)/blobs")
            let lock = try await cache.lock(metadata.etag)
            defer { lock.release() }
            if !FileAccess.exists(blob) {
                let download = BlobDownload(
                    client: client, file: file, url: client.fileURL(file, commit: listing.commit),
                    metadata: metadata, destination: blob, progress: progress)
                try await download.run()
            }
            try cache.link(file, commit: listing.commit, etag: metadata.etag)
        }
    }
}
