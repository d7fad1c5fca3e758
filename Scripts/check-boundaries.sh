#!/usr/bin/env bash
# Fails where unsafe code leaves its modules, a file outgrows its cap, or a lower layer imports a forbidden one.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
complain() { printf '%s\n' "$1" >&2; failed=1; }

# Pointers and unchecked sendability belong to the modules that own memory.
outside=$(git ls-files 'Sources/*.swift' | grep -vE '^Sources/(Tensor|CPUBackend|Checkpoint|Support)/' || true)
marks='\bunsafe +[A-Za-z(]|Unsafe(Mutable)?(Raw)?(Buffer)?Pointer|@unchecked|nonisolated\(unsafe\)'
found=$(printf '%s\n' "$outside" | xargs -r grep -nE "$marks" || true)
[ -z "$found" ] || complain "unsafe code outside Tensor, CPUBackend, Checkpoint and Support:
$found"

# The engine's thread neither awaits nor knows tensors.
marks='^(package |internal |public )?import (Tensor|CPUBackend|CKernels)|\bawait\b|\bactor\b'
found=$(grep -rnE "$marks" Sources/EngineCore Sources/Scheduling || true)
[ -z "$found" ] || complain "EngineCore and Scheduling must not import tensors or await:
$found"

# Full Foundation would link 34 MB of ICU data.
found=$(git ls-files 'Sources/*.swift' | xargs grep -nE '^(package |internal |public )?import Foundation$' || true)
[ -z "$found" ] || complain "import FoundationEssentials in place of Foundation:
$found"

# Generated tables aside, a file of over 600 lines has more than one subject.
for file in $(git ls-files 'Sources/*.swift' 'Sources/*.c' 'Sources/*.h' 'Tests/*.swift'); do
    case $file in *+Generated.swift) continue ;; esac
    lines=$(wc -l < "$file")
    [ "$lines" -le 600 ] || complain "$file has $lines lines; the cap is 600"
done

[ "$failed" -eq 0 ] && echo "boundaries hold"
exit "$failed"
