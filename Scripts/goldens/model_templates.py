#!/usr/bin/env python3
"""Render a folder of published chat templates with transformers' own Jinja environment.

    model_templates.py FOLDER                     # write Tests/Fixtures/chat_templates/published.json
    model_templates.py FOLDER --show NAME CASE    # print one text
    model_templates.py FOLDER --dump FILE         # write all texts, to compare them

FOLDER is llama.cpp's models/templates; the source package of llama-cpp-python has it in vendor/llama.cpp. The templates
have the licences of their models and stay outside of this repository: the fixture has only their digests, the
conversations, and a digest of each text. 570 conversations (template_conversations.py: turns, system texts, tools, calls and
their results, reasoning, documents, continued answers, each with the variables that templates know) with 70 templates
give 39,900 results; templates' own errors count as results, by their text. The clock stands at NOW. PublishedTemplateTests
compares them: NEEDLETAIL_TEMPLATES=FOLDER swift test ... --filter PublishedTemplateTests.
"""
import argparse
import copy
import datetime
import hashlib
import itertools
import json
import os
import pathlib

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import jinja2
import transformers
from transformers.utils import chat_template_utils

import template_conversations

OUT = pathlib.Path(__file__).parents[2] / "Tests/Fixtures/chat_templates/published.json"
NOW = datetime.datetime(2025, 3, 7, 9, 5, 0)


class Frozen(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def render(source, case):
    """Returns the text and the result's digest; `!` marks a raised text and `?` another error."""
    messages = chat_template_utils._normalize_chat_messages(copy.deepcopy(case["messages"]))
    kwargs = copy.deepcopy({"bos_token": "<s>", "eos_token": "</s>", **case["kwargs"]})
    try:
        rendered, _ = chat_template_utils.render_jinja_template([messages], chat_template=source, **kwargs)
        return rendered[0], digest(rendered[0])
    except jinja2.exceptions.TemplateSyntaxError as error:
        return f"{error}", "?TemplateSyntaxError"
    except Exception as error:
        # Subclasses of TemplateError are jinja2's own errors.
        raised = type(error) is jinja2.exceptions.TemplateError
        return f"{type(error).__name__}: {error}", "!" + digest(str(error)) if raised else "?" + type(error).__name__


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--show", nargs=2, metavar=("NAME", "CASE"))
    parser.add_argument("--dump", type=pathlib.Path)
    parser.add_argument("--seed", type=int, help="with --dump: random conversations instead of the fixture's")
    arguments = parser.parse_args()
    chat_template_utils.datetime = Frozen
    if arguments.seed is None:
        cases = [template_conversations.expanded(case) for case in template_conversations.cases()]
    else:
        cases = list(template_conversations.random_cases(arguments.seed, 40))
    if arguments.show:
        name, case = arguments.show
        source = (arguments.folder / f"{name}.jinja").read_text(encoding="utf-8")
        print(render(source, next(item for item in cases if item["name"] == case))[0])
        return
    templates, texts = [], {}
    for path in sorted(arguments.folder.glob("*.jinja")):
        source = path.read_text(encoding="utf-8")
        results = [render(source, case) for case in cases]
        templates.append({
            "name": path.stem, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "results": " ".join(result for _, result in results)})
        texts[path.stem] = [list(result) for result in results]
    if arguments.dump:
        arguments.dump.write_text(json.dumps({"cases": cases, "texts": texts}, ensure_ascii=False), encoding="utf-8")
    else:
        write(templates)
    results = list(itertools.chain.from_iterable(template["results"].split() for template in templates))
    errors = [result for result in results if result[0] in "!?"]
    print(len(templates), "templates,", len(cases), "cases,", len(results), "results,", len(errors), "errors")


def rows(values):
    """JSON with one element per line."""
    if isinstance(values, dict):
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()) + "}"
    return "[\n" + ",\n".join(json.dumps(value, ensure_ascii=False) for value in values) + "]"


def write(templates):
    chats = {name: messages for name, (messages, _) in template_conversations.CHATS.items()}
    members = {
        "versions": json.dumps({"transformers": transformers.__version__, "jinja2": jinja2.__version__}),
        "now": json.dumps(NOW.isoformat()), "tools": rows(template_conversations.TOOLS),
        "chats": rows({**chats, **template_conversations.CONTINUED}), "cases": rows(template_conversations.cases()),
        "templates": rows(templates)}
    OUT.write_text("{" + ",\n".join(f'"{name}": {value}' for name, value in members.items()) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
