#!/usr/bin/env python3
"""Writes Tests/Fixtures/conversations/cases.json: conversations as clients send them, and what jinja2 makes of them in the form that the template reads.

`native` is that form, written by hand; `given` are other forms of the same conversation, which must lead to the same
text. A case without `native` must be refused. The environment is the one Hugging Face tokenizers use.
"""
import json, pathlib
import jinja2, jinja2.ext, jinja2.sandbox

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests/Fixtures"


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


ENVIRONMENT = jinja2.sandbox.ImmutableSandboxedEnvironment(
    trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
ENVIRONMENT.filters["tojson"] = tojson
ENVIRONMENT.globals["raise_exception"] = raise_exception
ENVIRONMENT.globals["strftime_now"] = lambda format: "NOW"


def part(*texts):
    return [{"type": "text", "text": text} for text in texts]


def message(role, content, **more):
    return {"role": role, "content": content, **more}


def as_parts(messages):
    return [m if isinstance(m["content"], list) else {**m, "content": part(m["content"])} for m in messages]


TURNS = [message("system", "Be brief."), message("user", "What is [0]?"), message("assistant", "An index."),
         message("user", "Thanks")]

# Templates by the way in which they read content, after families of real ones.
PARTS = {
    "selectattr": """{% for message in messages %}{{ message['role'].upper() }}: {# images come first #}
{% for line in message['content'] | selectattr('type', 'equalto', 'image') %}<image>{% endfor %}
{% for line in message['content'] | selectattr('type', 'equalto', 'text') %}{{ line['text'] }}{% endfor %}
{% endfor %}""",
    "index then loop": """{% for message in messages %}{{ message['role'] | capitalize }}{% if
message['content'][0]['type'] == 'image' %}:{% else %}: {% endif %}{% for line in message['content'] %}{% if
line['type'] == 'text' %}{{ line['text'] }}{% elif line['type'] == 'image' %}<image>{% endif %}{% endfor %}<end>
{% endfor %}""",
    "variable": """{% for message in messages %}{% set content = message['content'] %}{{ message.role }}:{% for
item in content %}{{ item.text }}{% endfor %};{% endfor %}""",
    "renamed messages": """{% if messages[0].role == 'system' %}{% set head = messages[0].content[0].text %}{% set
turns = messages[1:] %}{% else %}{% set head = '' %}{% set turns = messages %}{% endif %}{{ head }}|{% for m in turns %}{{
m.role }}:{% for p in m.get('content') %}{{ p['text'] }}{% endfor %}|{% endfor %}""",
    "macro": """{% macro show(parts) %}{% for p in parts %}{{ p.text }}{% endfor %}{% endmacro %}{% for m in messages %}<{{
m.role }}>{{ show(m.content) }}{% endfor %}""",
    "map": """{% for m in messages %}<{{ m.role }}>{{ m.content | map(attribute='text') | join('') }}{% endfor %}""",
    "namespace": """{% set ns = namespace(last=messages[-1]) %}{% for p in ns.last.content %}{{ p.text }}{% endfor %}""",
    "first part": """{% for m in messages %}{{ m.role }}={{ (m.content | first).text }};{% endfor %}""",
    "tested for the first message only": """{% if messages[0]['role'] == 'system' %}{% if messages[0]['content'] is string
%}{{ messages[0]['content'] }}{% else %}{{ messages[0]['content'][0]['text'] }}{% endif %}{% set turns = messages[1:]
%}{% else %}{% set turns = messages %}{% endif %}{% for m in turns %}<{{ m.role }}>{% for p in m.content %}{{ p.text
}}{% endfor %}{% endfor %}""",
    "tested elsewhere": """{% set ns = namespace(found=false) %}{% for m in messages[::-1] %}{% if m.content is string and
m.role == 'user' %}{% set ns.found = true %}{% endif %}{% endfor %}{% for m in messages %}<{{ m.role }}>{% for p in
m['content'] %}{{ p.text }}{% endfor %}{% endfor %}""",
}

EITHER = {
    "test, then loop": """{% for message in messages %}<|{{ message['role'] }}|>{% if message['content'] is string %}{{
message['content'] }}{% else %}{% for content in message['content'] %}{% if content['type'] == 'image' %}<image>{% elif
'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}{% endif %}<end>{% endfor %}""",
    "macro": """{% set count = namespace(value=0) %}{% macro render(content, counts) %}{% if content is string %}{{ content
}}{% else %}{% for item in content %}{% if 'image' in item %}{% if counts %}{% set count.value = count.value + 1 %}{% endif
%}<image>{% elif 'text' in item %}{{ item.text }}{% endif %}{% endfor %}{% endif %}{% endmacro %}{% for m in messages %}<{{
m.role }}>{{ render(m.content, true) | trim }}{% endfor %}""",
    "iterable and not string": """{% for m in messages %}<{{ m.role }}>{% if m.content is iterable and m.content is not
string %}{% for p in m.content %}{{ p.text }}{% endfor %}{% else %}{{ m.content }}{% endif %}{% endfor %}""",
    "conditional expression": """{% for m in messages %}<{{ m.role }}>{{ m.content if m.content is string else
m.content[0].text }}{% endfor %}""",
}

TEXT = {
    "chatml": """{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}""",
    "slices and characters": """{% for m in messages %}[{{ m.role }}]{% if m.content[0] == ' ' %}{{ m.content[1:] }}{% else
%}{{ m.content }}{% endif %}{% for line in m.content.split('.') %}{{ line | trim }}/{% endfor %}{% endfor %}""",
    "length and search": """{% for m in messages %}{{ m.role }} {{ m.content | length }}{% if '[0]' in m.content %}!{% endif
%}{{ m['content'] | trim }};{% endfor %}""",
    "loops over something else": """{% for m in messages %}{% set content = m.content %}{% for content in m.items_ or []
%}{{ content.text }}{% endfor %}{{ content }};{% endfor %}""",
}

MIXED_SYSTEM = """{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set turns = messages[1:]
%}{% else %}{% set turns = messages %}{% endif %}{% for m in turns %}{% if m['role'] == 'user' %}[INST]{% if m['content'] is
not string %}{% for p in m['content'] %}{% if p['type'] == 'text' %}{{ p['text'] }}{% else %}[IMG]{% endif %}{% endfor %}{%
else %}{{ system + '/' if loop.first and system is defined }}{{ m['content'] }}{% endif %}[/INST]{% elif m['role'] ==
'assistant' %}{{ ' ' + m['content'] | trim + '</s>' }}{% else %}{{ raise_exception('roles') }}{% endif %}{% endfor %}"""

PARTS_BUT_SYSTEM = """{% for m in messages %}{% if m.role == 'system' %}{{ 'S:' + m.content }}{% elif m.role == 'tool' %}{{
'T:' + m.content }}{% else %}{{ m.role }}:{% for p in m.content %}{{ p.text }}{% endfor %}{% endif %};{% endfor %}"""

FIRST_SYSTEM_ONLY = """{% if messages[0].role == 'system' %}{{ messages[0].content + '##' }}{% set turns = messages[1:] %}{%
else %}{% set turns = messages %}{% endif %}{% for m in turns %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{
raise_exception('must alternate') }}{% endif %}{{ m.role + ':' + m.content + ';' }}{% endfor %}"""

LEADING_SYSTEM_ONLY = """{% for m in messages %}{% if m.role == 'system' and loop.index0 > 1 %}{{
raise_exception('too late') }}{% endif %}{{ m.role + ':' + m.content + ';' }}{% endfor %}"""

DEVELOPER = """{% for m in messages %}{% if m.role in ['developer', 'system'] %}<{{ m.role }}>{{ m.content }}{% else %}{{
m.role + ':' + m.content + ';' }}{% endif %}{% endfor %}"""

NO_SYSTEM = """{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}{% for m in messages
%}{{ m.role + ':' + m.content + ';' }}{% endfor %}"""

TOOLS = {
    "encoded": """{% for m in messages %}{{ m.role }}:{{ m.content }}{% for tool_call in m.tool_calls or [] %}{% if
tool_call.function is defined %}{% set tool_call = tool_call.function %}{% endif %}{"name": "{{ tool_call.name }}",
"arguments": {{ tool_call.arguments | tojson }}}{% endfor %};{% endfor %}""",
    "members": """{% for m in messages %}{{ m.role }}:{{ m.content }}{% for call in m['tool_calls'] or [] %}{{
call['function']['name'] }}({% for name, value in call['function']['arguments'].items() %}{{ name }}={{ value }} {% endfor
%}){% endfor %};{% endfor %}""",
    "either": """{% for m in messages %}{{ m.role }}:{{ m.content }}{% for call in m.tool_calls or [] %}{% if
call.function.arguments is string %}{{ call.function.arguments }}{% else %}{{ call.function.arguments | tojson }}{% endif
%}{% endfor %};{% endfor %}""",
    "as string": """{% for m in messages %}{{ m.role }}:{{ m.content }}{% for call in m.tool_calls or [] %}{{
call.function.name + ' ' }}{{ call.function.arguments | string }}{% endfor %};{% endfor %}""",
    "as text": """{% for m in messages %}{{ m.role }}:{{ m.content }}{% for call in m.tool_calls or [] %}{{
call['function']['name'] + '\\n' + call['function']['arguments'] + '\\n' }}{% endfor %};{% endfor %}""",
}

ARGUMENTS = '{"city": "Köln", "days": 2}'


def calls(*arguments):
    return [message("user", "Weather?"),
            message("assistant", "", tool_calls=[
                {"type": "function", "id": f"call_{index}", "function": {"name": "weather", "arguments": value}}
                for index, value in enumerate(arguments)]),
            message("tool", "Rain", tool_call_id="call_0")]


def cases():
    for name, template in PARTS.items():
        yield "parts: " + name, template, as_parts(TURNS), [TURNS]
    for name, template in EITHER.items():
        yield "either: " + name, template, TURNS, [as_parts(TURNS)]
        several = TURNS[:1] + [message("user", part("one ", "two"))]
        if "conditional" not in name:
            yield "either, two parts: " + name, template, several, [as_parts(several)]
    for name, template in TEXT.items():
        yield "text: " + name, template, TURNS, [as_parts(TURNS)]
        lines = TURNS[:1] + [message("user", "one\ntwo")]
        yield "text, two parts: " + name, template, lines, [TURNS[:1] + [message("user", part("one", "two"))]]
    yield "system as text, user as either", MIXED_SYSTEM, TURNS, [as_parts(TURNS[:1]) + TURNS[1:]]
    yield ("system as text, others as parts", PARTS_BUT_SYSTEM, TURNS[:1] + as_parts(TURNS[1:]),
           [TURNS, as_parts(TURNS)])
    for name, template in TOOLS.items():
        native = calls(ARGUMENTS if name.startswith("as ") else json.loads(ARGUMENTS), "{}" if name.startswith("as ") else {})
        given = [calls(ARGUMENTS, empty) for empty in ("", " ", None, "{}", {}, "null")]
        yield "tool calls: " + name, template, native, given
        for bad in ('{"city": ', "[1]", "5", [1], '"text"'):
            yield f"tool calls, {bad}: " + name, template, None, [calls(bad)]
    developer = [message("developer", "Be brief."), message("user", "Hi")]
    yield "developer, unknown", TEXT["chatml"], [message("system", "Be brief."), message("user", "Hi")], [developer]
    yield "developer, known", DEVELOPER, developer, [developer]
    late = TURNS + [message("assistant", "Sure."), message("system", "In French."), message("user", "Go on")]
    merged = [message("system", "Be brief.\nIn French.")] + [m for m in late if m["role"] != "system"]
    mixed = [{**m, "role": "developer"} if m["content"] == "In French." else m for m in late]
    yield "system, late: merged", FIRST_SYSTEM_ONLY, merged, [late, mixed, as_parts(late)]
    yield "system, late: taken", TEXT["chatml"], late, [late, mixed]
    yield "system, late: merged where only the beginning takes several", LEADING_SYSTEM_ONLY, merged, [late]
    both = [message("system", "A"), message("system", "B"), message("user", "Hi")]
    yield "system, two: merged", FIRST_SYSTEM_ONLY, [message("system", "A\nB"), message("user", "Hi")], [
        both, [message("developer", "A"), message("system", "B"), message("user", "Hi")]]
    yield "system, two: taken", LEADING_SYSTEM_ONLY, both, [both]
    yield "system, only late", FIRST_SYSTEM_ONLY, [
        message("system", "B"), message("user", "Hi"), message("assistant", "Yes?"), message("user", "Go")], [
        [message("user", "Hi"), message("assistant", "Yes?"), message("system", "B"), message("user", "Go")]]
    yield "no system message", NO_SYSTEM, TURNS[1:], [TURNS[1:]]
    shipped = {path.stem: path.read_text() for path in sorted((FIXTURES / "chat_templates").glob("*.jinja"))}
    for name in ("chatml", "command_r", "deepseek_r1", "granite", "llama2", "llama31_tools", "phi3", "qwen25_tools",
                 "qwen3_thinking", "gpt_oss_like"):
        yield "shipped: " + name, shipped[name], TURNS, [as_parts(TURNS)]
    for name in ("deepseek_r1", "qwen25_tools", "qwen3_thinking", "gpt_oss_like"):
        yield "shipped, tool calls: " + name, shipped[name], calls(json.loads(ARGUMENTS)), [calls(ARGUMENTS)]


def main():
    lines = []
    for name, template, native, given in cases():
        case = {"name": name, "template": template, "given": given}
        if native is not None:
            case["given"] = [native] + [other for other in given if other != native]
            case["expected"] = ENVIRONMENT.from_string(template).render(
                messages=native, tools=None, documents=None, add_generation_prompt=True, bos_token="<s>",
                eos_token="</s>")
        lines.append(json.dumps(case, ensure_ascii=False))
    (FIXTURES / "conversations/cases.json").write_text('{"cases": [\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")
    print(len(lines), "cases")


if __name__ == "__main__":
    main()
