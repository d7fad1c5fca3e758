#!/usr/bin/env python3
"""Fill in the expected values of extra_snippets.json with the reference, jinja2.

To add a snippet, add an object with its "template" and run this again. The environment is the one Hugging Face
tokenizers use. Snippets whose text names a memory address cannot be compared and are refused.
"""
import copy
import datetime
import json
import os

import jinja2
import jinja2.ext
import jinja2.sandbox

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "extra_snippets.json")
NOW = datetime.datetime(2025, 3, 7, 9, 5, 0)


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_render"), [], [], body).set_lineno(line)

    def _render(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


def render(env, template, context):
    try:
        return {"expected": env.from_string(template).render(**copy.deepcopy(context))}
    except Exception as error:
        return {"error": type(error).__name__}


def main():
    with open(PATH, encoding="utf-8") as file:
        document = json.load(file)
    env = environment()
    lines = []
    for snippet in document["snippets"]:
        template = snippet["template"]
        result = render(env, template, document["context"])
        assert " at 0x" not in result.get("expected", ""), template
        lines.append(json.dumps({"template": template, **result}, ensure_ascii=False))
    with open(PATH, "w", encoding="utf-8") as file:
        file.write('{"context": ' + json.dumps(document["context"], ensure_ascii=False) + ',\n"snippets": [\n')
        file.write(",\n".join(lines) + "\n]}\n")
    print(len(lines), "snippets")


if __name__ == "__main__":
    main()
