#!/usr/bin/env python3
"""Write Tests/Fixtures/chat_templates/sources.json: folders with chat templates in several places, and the template that
transformers chooses in each with and without tools.

A template's text is the place it stands for. A case has the folder's `files`, the `name` that is asked for (null: none),
whether there are `tools`, and the text of the template that is used, or null if there is none.
"""
import json
import os
import pathlib
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
import transformers

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures"
TOKENIZER = FIXTURES / "tokenizers/bytebpe-llama3/tokenizer.json"
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]


def config(**members):
    return json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **members})


def named(**templates):
    return [{"name": name, "template": text} for name, text in templates.items()]


ONE = {"tokenizer_config.json": config(chat_template="config")}
LIST = {"tokenizer_config.json": config(chat_template=named(
    default="config", tool_use="config tool_use", rag="config rag"))}
TOOLS_ONLY = {"tokenizer_config.json": config(chat_template=named(tool_use="config tool_use", rag="config rag"))}
FILE = {"chat_template.jinja": "file"}
FOLDER = {f"additional_chat_templates/{name}.jinja": f"folder {name}" for name in ("tool_use", "rag")}
DEFAULT = {"additional_chat_templates/default.jinja": "folder default"}
NOTES = {"additional_chat_templates/README.md": "folder README"}
FOLDERS = [
    {}, ONE, LIST, TOOLS_ONLY, FILE, FOLDER, DEFAULT, NOTES, {**FILE, **ONE}, {**FILE, **LIST}, {**FILE, **FOLDER},
    {**FILE, **FOLDER, **LIST}, {**FILE, **DEFAULT}, {**FOLDER, **ONE}, {**FOLDER, **NOTES}, {**NOTES, **ONE},
    {"tokenizer_config.json": config(chat_template=None)}, {**FILE, "tokenizer_config.json": config()},
]


def chosen(tokenizer, name, has_tools):
    """The template's text, or null if there is none of this name or none for all conversations."""
    templates = tokenizer.chat_template
    templates = templates if isinstance(templates, dict) else {"default": templates} if templates else {}
    if name is not None:
        return templates.get(name)
    try:
        return tokenizer.get_chat_template(tools=TOOLS if has_tools else None)
    except ValueError:
        return None


def main():
    cases = []
    for files in FOLDERS:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**files, "tokenizer.json": TOKENIZER.read_text()}.items():
                path = pathlib.Path(folder) / name
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
            for name, has_tools in ((None, False), (None, True), ("default", False), ("tool_use", False), ("rag", False)):
                cases.append({"files": files, "name": name, "tools": has_tools,
                              "template": chosen(tokenizer, name, has_tools)})
    rows = ",\n".join(json.dumps(case) for case in cases)
    versions = json.dumps({"transformers": transformers.__version__})
    out = FIXTURES / "chat_templates/sources.json"
    out.write_text(f'{{"versions": {versions},\n"cases": [\n{rows}\n]}}\n')
    print(len(cases), "cases,", sum(case["template"] is not None for case in cases), "with a template")


main()
