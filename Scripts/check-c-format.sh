#!/usr/bin/env bash
# Checks the C files against .clang-format, with clang-format from the system or from a Python package.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$(command -v clang-format || true)
if [ -z "$tool" ]; then
    python3 -m venv .build-tools 2>/dev/null || true
    [ -x .build-tools/bin/clang-format ] || .build-tools/bin/pip install -q clang-format==21.1.0
    tool=.build-tools/bin/clang-format
fi
git ls-files 'Sources/*.c' 'Sources/*.h' | xargs "$tool" --dry-run --Werror
echo "C files are formatted"
