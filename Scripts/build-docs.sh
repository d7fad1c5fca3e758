#!/usr/bin/env bash
# Builds the library's documentation into .build/documentation from the modules of a release build; its warnings, such
# as a link to a symbol that does not exist, are errors. Needs no package: docc is a part of most toolchains.
set -euo pipefail
cd "$(dirname "$0")/.."
# The compiler's folder has the tools where the search path does not.
PATH=$PATH:$(dirname "$(readlink -f "$(command -v swift)")")
for tool in docc swift-symbolgraph-extract; do
    command -v "$tool" >/dev/null || {
        echo "SKIPPED: no $tool in the toolchain, so no documentation was built"
        exit 0
    }
done

graphs=.build/documentation-symbols
rm -rf "$graphs" && mkdir -p "$graphs"
# Loading the module loads those that it imports, C modules among them.
maps=$(find .build/release/*.build -maxdepth 1 -name module.modulemap
    find .build/checkouts/*/Sources -name module.modulemap)
# The types of EngineTypes are a part of the library's interface.
swift-symbolgraph-extract -module-name Needletail -I .build/release/Modules \
    -target "$(basename "$(dirname "$(readlink -f .build/release)")")" -minimum-access-level public \
    -experimental-allowed-reexported-modules=EngineTypes -skip-synthesized-members -output-dir "$graphs" \
    $(printf '%s\n' "$maps" | sed 's/^/-Xcc -fmodule-map-file=/')
docc convert Sources/Needletail/Needletail.docc --additional-symbol-graph-dir "$graphs" \
    --output-dir .build/documentation --fallback-bundle-identifier needletail --warnings-as-errors
echo "documentation is in .build/documentation"
