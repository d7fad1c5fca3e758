#!/usr/bin/env python3
"""Fails where the documentation names a file, a folder, a link's target or a Swift symbol that does not exist, and where it
quotes lines that a file does not have.

A code block quotes the file whose path follows its language: "```swift Sources/X.swift". Checked are the code spans and links of README.md, docs, and the READMEs of Tests and Examples: paths whose first folder is
one of the repository, file names with a source extension, and names in the style of Swift types, with a member or without.
"""
import fnmatch, os, pathlib, re, subprocess, sys

root = pathlib.Path(__file__).resolve().parent.parent
tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True,
                         check=True).stdout.split()
tracked = [path for path in tracked if (root / path).exists()]
folders = {part for path in tracked for part in pathlib.Path(path).parent.parts}
pages = [path for path in tracked if path.endswith(".md")]
targets = set(re.findall(r'(?:layer|tests)\(\s*"(\w+)"', (root / "Package.swift").read_text()))
# What the files that declare or extend a type declare.
members = {}
for path in tracked:
    if path.endswith(".swift"):
        swift = (root / path).read_text()
        declared = set(re.findall(r"\b(?:func|var|let|typealias|struct|enum|class)\s+`?(\w+)", swift))
        for cases in re.findall(r"^\s*(?:indirect )?case ([^:\n]*)$", swift, flags=re.M):
            declared |= set(re.findall(r"\w+", cases))
        for name in re.findall(r"\b(?:struct|class|enum|protocol|typealias|actor|extension)\s+(?:\w+\.)*([A-Z]\w*)", swift):
            members.setdefault(name, set()).update(declared)
# Names of others' code and files that the pages mention.
foreign = {"DequeModule", "TemplateError", "chat_template.jinja"}
extensions = (".swift", ".c", ".h", ".py", ".sh", ".md", ".jinja")


def path_exists(page, text):
    beside = pathlib.Path(page).parent / text
    patterns = [text.rstrip("/"), "*/" + text.rstrip("/"), str(beside)]
    return any(fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(path, pattern + "/*")
               for path in tracked for pattern in patterns)


def complaint(page, text):
    if re.search(r"[\s<>{}|\"'=@]|NAME|TYPE|^\.build/|\.\.\.", text) or text.startswith(("/", "-")) or text in foreign:
        return None
    if "/" in text:
        known = text.split("/")[0] in folders or (root / pathlib.Path(page).parent / text.split("/")[0]).is_dir()
        return f"no file or folder {text}" if known and not path_exists(page, text) else None
    if text.endswith(extensions):
        return None if path_exists(page, text) else f"no file {text}"
    match = re.fullmatch(r"([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)(?:\.(\w+))?(?:\(.*\))?", text)
    if not match or match[1] in foreign or not re.search(r"[a-z][A-Z]|\.", text):
        return None
    if match[1] not in members and match[1] not in targets:
        return f"no type {match[1]}"
    return f"no member {text}" if match[2] and match[2] not in members.get(match[1], ()) else None


def misquoted(text):
    """Lines of quoting code blocks, by number, that their files do not have in this order."""
    for block in re.finditer(r"^```\w+ (\S+)\n(.*?)^```", text, flags=re.S | re.M):
        path = root / block[1]
        rest = iter(path.read_text().split("\n") if path.exists() else [])
        first = text.count("\n", 0, block.start(2)) + 1
        for number, line in enumerate(block[2].rstrip("\n").split("\n"), first):
            if line not in rest:
                yield number, f"{block[1]} does not have this line here: {line.strip()}"
                break


def main():
    failures = []
    for page in pages:
        whole = (root / page).read_text()
        failures += [f"{page}:{number}: {problem}" for number, problem in misquoted(whole)]
        text = re.sub(r"^```.*?^```", lambda block: "\n" * block[0].count("\n"), whole, flags=re.S | re.M)
        for number, line in enumerate(text.split("\n"), 1):
            found = [complaint(page, span) for span in re.findall(r"`([^`]+)`", line)]
            for target in re.findall(r"\]\(([^)#\s]+)", line):
                if "://" not in target and not (root / page).parent.joinpath(target).exists():
                    found.append(f"no link target {target}")
            failures += [f"{page}:{number}: {problem}" for problem in found if problem]
    for failure in failures:
        print(failure, file=sys.stderr)
    print("documentation names what exists" if not failures else f"{len(failures)} problems in the documentation")
    sys.exit(1 if failures else 0)


main()
