"""Conversations that reach the branches of published chat templates, for model_templates.py."""
import itertools
import random


def function(name, description, properties, required=None, **extra):
    parameters = {"type": "object", "properties": properties}
    if required is not None:
        parameters["required"] = required
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters, **extra}}


WEATHER = function("get_weather", "Current weather of a place.", {
    "city": {"type": "string", "description": "City, e.g. \"São Paulo\""},
    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"], "default": "celsius"},
    "days": {"type": "integer", "minimum": 1, "maximum": 14},
    "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1}}, ["city"])
ADD = function("add", "Add two numbers <a> & 'b'.\nSecond line.", {
    "a": {"type": "number", "description": "first"}, "b": {"type": "number"},
    "opts": {"type": "object", "properties": {"round": {"type": "boolean", "default": True}, "mode": {"type": "string", "enum": ["up", "down"]}},
             "required": ["round"], "additionalProperties": False}}, ["a", "b"])
PING = function("ping", "No parameters.", {})
DEEP = function("search", "Searches with filters.", {
    "query": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]},
    "ref": {"$ref": "#/$defs/Page"}, "kind": {"oneOf": [{"type": "string", "const": "x"}, {"type": "object", "properties": {"n": {"type": "integer"}}}]},
    "map": {"type": "object", "additionalProperties": {"type": "number"}},
    "grid": {"type": "array", "items": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "number"}}}}},
    "when": {"type": "string", "format": "date-time", "nullable": True, "examples": ["2024-01-01T00:00:00Z"]},
    "flag": {"type": "boolean"}, "any": {}, "union": {"type": ["number", "null"]}, "choice": {"enum": ["up", 1]}, "nothing": {"type": "null"}, "desc": {"description": "No type."}}, ["query"],
    strict=True, returns={"type": "object", "properties": {"hits": {"type": "array"}}})
BARE = {"name": "bare", "description": "Without the wrapper.", "parameters": {"type": "object", "properties": {"x": {"type": "string"}}, "required": []}}
NO_PARAMETERS = {"type": "function", "function": {"name": "now", "description": "The time."}}

HELLO = {"role": "user", "content": "Hello!"}
HI = {"role": "assistant", "content": "Hi — how can I help?"}
SUM = {"role": "user", "content": "  What is 2+2?\n\n\tThanks  "}
TERSE = {"role": "system", "content": "You are terse. 日本語 \"quotes\" <b>&amp;</b>"}
SPACES = {"role": "system", "content": " \n Be kind.\n\n"}
DEVELOPER = {"role": "developer", "content": "Use metric units."}
UNICODE = {"role": "user", "content": "naïve café 😀 \\n not a newline {{ not a template }} {% nor this %}\r\nline\u2028end"}
MARKERS = {"role": "user", "content": "<|im_start|>system\n[INST] <think>x</think> /no_think <tool_call> </s>"}


def call(name, arguments, identifier="call_1"):
    return {"id": identifier, "type": "function", "function": {"name": name, "arguments": arguments}}


def assistant(content, *calls, **extra):
    message = {"role": "assistant", "content": content, **extra}
    if calls:
        message["tool_calls"] = list(calls)
    return message


def tool(content, identifier="call_1", **extra):
    return {"role": "tool", "content": content, "tool_call_id": identifier, **extra}


ZURICH = call("get_weather", {"city": "Zürich", "days": 3, "f": 1.5, "ok": True, "none": None, "list": [1, "a\n\"b\""], "map": {"k": {"z": []}}}, "abc123XYZ")
ADDITION = call("add", {"a": 1, "b": 2.0, "opts": {"round": False}}, "bbbbbbbbb")
TEXT_ARGUMENTS = call("add", "{\"a\": 1, \"b\": [2, null]}", "ccccccccc")
EMPTY_ARGUMENTS = call("ping", {}, "ddddddddd")
LONG_TEXT = call("get_weather", {"city": "line\nline <&> 'q' \\", "tags": ["é", "😀"]}, "functions.get_weather:0")
WEATHER_RESULT = tool("{\"temp\": 21.5}", "abc123XYZ", name="get_weather")
SUM_RESULT = tool("3", "bbbbbbbbb", name="add")
REASONED = assistant("4.", reasoning_content="\nTwo and two.\n")
THOUGHT = assistant("<think>\nTwo and two.\n</think>\n\n4.")
DOCUMENTS = [{"title": "Tall penguins", "text": "Emperor penguins are the tallest."}, {"title": "Habitat", "text": ""}]
PARTS = [{"type": "text", "text": " What is this? "}, {"type": "text", "text": "Really."}]
IMAGES = [{"type": "image"}, {"type": "text", "text": "And this?"}, {"type": "image_url", "image_url": {"url": "data:x"}}, {"type": "video"}, {"type": "audio"}]

PLAIN = function("lookup", "Looks a word up.", {
    "word": {"type": "string", "description": "The word.", "examples": ["cat", "dog"]}, "limit": {"type": "integer", "default": 3, "minimum": 0},
    "weights": {"type": "object", "additionalProperties": {"type": "number"}}, "langs": {"type": "array", "items": {"type": "string"}}}, ["word"])
PLAIN["function"]["return"] = {"type": "string", "description": "The entry."}
RESPONSE = function("measure", "Measures.", {
    "points": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "integer"}}, "required": ["x"]}},
    "mode": {"type": "string", "enum": ["a", "b"], "nullable": True}, "flags": {"type": "array", "items": {"type": "boolean"}},
    "ids": {"type": "array", "items": {"type": "integer"}}, "enums": {"type": "array", "items": {"type": "string", "enum": ["u", "v"]}},
    "shapes": {"oneOf": [{"type": "object", "description": "A disc.", "default": {}, "properties": {"r": {"type": "number"}}}, {"type": "object", "properties": {}}]},
    "open": {"type": "object", "additionalProperties": True}, "free": {"type": "object"}, "bag": {"type": "array"}, "empty": {"type": "array", "items": {}},
    "stamp": {"type": "string", "format": "date", "default": "2024-01-01", "title": "Stamp", "maxLength": 10, "pattern": "^\\d+$"}},
    ["points"], response={"type": "OBJECT", "description": "Area.", "properties": {"area": {"type": "number"}}})
LEGACY = {"name": "old", "description": "Old style.", "parameter_definitions": {
    "x": {"description": "The x.", "type": "str", "required": True}, "y": {"description": "The y.", "type": "int", "required": False}}}

# Lists of tools by the names that cases use.
TOOLS = {
    "two": [WEATHER, ADD], "all": [WEATHER, ADD, PING, DEEP], "plain": [PLAIN, PING], "shapes": [RESPONSE, PLAIN], "bare": [BARE], "legacy": [LEGACY, LEGACY],
    "no parameters": [NO_PARAMETERS, PING], "ping": [PING], "none": [], "interpreter": [{"type": "code_interpreter"}, WEATHER],
}

# name: (messages, tools); each is rendered with and without the generation prompt.
CHATS = {
    "one": ([HELLO], None),
    "spaces": ([SUM], None),
    "unicode": ([UNICODE], None),
    "markers": ([MARKERS, assistant("ok <|end|>"), MARKERS], None),
    "empty user": ([{"role": "user", "content": ""}], None),
    "blank user": ([{"role": "user", "content": "\n  \n"}], None),
    "two turns": ([HELLO, HI, SUM], None),
    "five turns": ([HELLO, HI, SUM, assistant("4."), UNICODE, assistant("Ça va.\n"), {"role": "user", "content": "Bye"}], None),
    "ends with the assistant": ([HELLO, HI], None),
    "empty assistant": ([HELLO, assistant(""), SUM], None),
    "system": ([TERSE, HELLO], None),
    "system with blanks": ([SPACES, HELLO], None),
    "empty system": ([{"role": "system", "content": ""}, HELLO], None),
    "system, turns": ([TERSE, HELLO, HI, UNICODE], None),
    "system alone": ([TERSE], None),
    "two systems": ([TERSE, SPACES, HELLO], None),
    "late system": ([HELLO, HI, TERSE, SUM], None),
    "system in the middle of tools": ([HELLO, assistant("", ZURICH), WEATHER_RESULT, TERSE, SUM], "two"),
    "developer": ([DEVELOPER, HELLO], None),
    "system and developer": ([TERSE, DEVELOPER, HELLO, HI, SUM], "two"),
    "no messages": ([], None),
    "two users": ([HELLO, SUM], None),
    "two assistants": ([HELLO, HI, assistant("More."), SUM], None),
    "assistant first": ([HI, HELLO], None),
    "unknown role": ([HELLO, {"role": "critic", "content": "Bad."}, SUM], None),
    "no role": ([{"content": "x"}], None),
    "no content": ([HELLO, {"role": "assistant"}, SUM], None),
    "no content of the user": ([{"role": "user"}], None),
    "content none": ([HELLO, {"role": "assistant", "content": None, "tool_calls": None}, SUM], None),
    "content number": ([{"role": "user", "content": 5}], None),
    "content object": ([{"role": "user", "content": {"type": "text", "text": "x"}}], None),
    "names": ([dict(TERSE, name="boss"), dict(HELLO, name="ann"), dict(HI, name="bot"), dict(SUM, name="bob")], None),
    "parts": ([{"role": "user", "content": PARTS}], None),
    "parts everywhere": ([dict(TERSE, content=[{"type": "text", "text": "Be kind."}]), {"role": "user", "content": PARTS},
                          assistant([{"type": "text", "text": "A cat."}]), {"role": "user", "content": PARTS[:1]}], None),
    "images": ([{"role": "user", "content": IMAGES}], None),
    "images and turns": ([TERSE, {"role": "user", "content": IMAGES[:2]}, HI, {"role": "user", "content": IMAGES[2:]}], None),
    "unknown part": ([{"role": "user", "content": [{"type": "hologram", "data": 1}]}], None),
    "strings as parts": ([{"role": "user", "content": ["a", "b"]}], None),
    "empty list": ([{"role": "user", "content": []}], None),
    "parts of the tool": ([HELLO, assistant("", ZURICH), tool([{"type": "text", "text": "21.5"}, {"type": "text", "text": " C"}], "abc123XYZ")], "two"),
    "image of the tool": ([HELLO, assistant("", ZURICH), tool([{"type": "image"}, {"type": "text", "text": "x"}], "abc123XYZ")], "two"),
    "thinking parts": ([HELLO, assistant([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Hi."}]), SUM], None),
    "blocks": ([HELLO, assistant({"blocks": [
        {"type": "thoughts", "text": "Think."}, {"type": "tool_calls", "calls": [{"name": "add", "arguments": "{}"}]},
        {"type": "tool_outputs", "outputs": [{"output": "3"}]}, {"type": "response", "text": "Done."}]}), SUM], "two"),
    "tools": ([HELLO], "two"),
    "tools, all kinds": ([TERSE, HELLO], "all"),
    "tools without the wrapper": ([HELLO], "bare"),
    "tools without parameters": ([HELLO], "no parameters"),
    "empty tools": ([HELLO], "none"),
    "tools, system, turns": ([TERSE, HELLO, HI, UNICODE], "two"),
    "call": ([HELLO, assistant("", ZURICH)], "two"),
    "call without tools": ([HELLO, assistant("", ZURICH), WEATHER_RESULT], None),
    "call, result": ([HELLO, assistant("", ZURICH), WEATHER_RESULT], "two"),
    "call, content none": ([HELLO, assistant(None, ZURICH), WEATHER_RESULT], "two"),
    "call, no content": ([HELLO, {"role": "assistant", "tool_calls": [ZURICH]}, WEATHER_RESULT], "two"),
    "call with content": ([HELLO, assistant("Let me check.\n", ZURICH), WEATHER_RESULT], "two"),
    "call, result, answer": ([TERSE, HELLO, assistant("", ZURICH), WEATHER_RESULT, HI], "two"),
    "call, result, answer, user": ([TERSE, HELLO, assistant("", ZURICH), WEATHER_RESULT, HI, SUM], "two"),
    "two calls": ([HELLO, assistant("Both.", ZURICH, ADDITION), WEATHER_RESULT, SUM_RESULT], "two"),
    "two calls, results swapped": ([HELLO, assistant("", ZURICH, ADDITION), SUM_RESULT, WEATHER_RESULT, HI], "two"),
    "two calls, one result": ([HELLO, assistant("", ZURICH, ADDITION), WEATHER_RESULT], "two"),
    "calls in turn": ([HELLO, assistant("", ZURICH), WEATHER_RESULT, assistant("", ADDITION), SUM_RESULT, HI, SUM], "two"),
    "arguments as text": ([HELLO, assistant("", TEXT_ARGUMENTS), tool("3", "ccccccccc")], "two"),
    "arguments empty": ([HELLO, assistant("", EMPTY_ARGUMENTS), tool("", "ddddddddd")], "ping"),
    "arguments with markup": ([HELLO, assistant("", LONG_TEXT), tool("a\nb <&>", "functions.get_weather:0")], "all"),
    "arguments missing": ([HELLO, assistant("", {"id": "x", "type": "function", "function": {"name": "ping"}}), tool("ok", "x")], "ping"),
    "call without the wrapper": ([HELLO, assistant("", {"name": "add", "arguments": {"a": 1}}), tool("1", "x")], "two"),
    "call without an id": ([HELLO, assistant("", {"type": "function", "function": {"name": "add", "arguments": {"a": 1}}}), {"role": "tool", "content": "1"}], "two"),
    "empty calls": ([HELLO, assistant("Nothing.", tool_calls=[]), SUM], "two"),
    "legacy call": ([HELLO, assistant("", function_call={"name": "add", "arguments": {"a": 1}}), {"role": "function", "name": "add", "content": "1"}], "two"),
    "result object": ([HELLO, assistant("", ADDITION), tool({"sum": 3, "list": [1.5, None]}, "bbbbbbbbb", name="add")], "two"),
    "result of nobody": ([HELLO, SUM_RESULT], "two"),
    "result of an unknown call": ([HELLO, assistant("", ADDITION), tool("3", "zzz")], "two"),
    "result as ipython": ([HELLO, assistant("", ADDITION), {"role": "ipython", "content": {"output": 3}}], "two"),
    "tool responses": ([HELLO, assistant("", ADDITION, tool_responses=[{"name": "add", "response": {"sum": 3}}]), SUM], "two"),
    "reasoning": ([SUM, REASONED], None),
    "reasoning, user": ([SUM, REASONED, HELLO], None),
    "reasoning alone": ([SUM, assistant("", reasoning_content="Hm.")], None),
    "reasoning in the content": ([SUM, THOUGHT], None),
    "reasoning in the content, user": ([TERSE, SUM, THOUGHT, HELLO], None),
    "reasoning, two turns": ([SUM, REASONED, HELLO, assistant("Hi.", reasoning_content="Greet."), SUM], None),
    "reasoning, blanks": ([SUM, assistant("\n4.\n", reasoning_content="  \n"), HELLO], None),
    "reasoning, empty": ([SUM, assistant("4.", reasoning_content=""), HELLO], None),
    "reasoning as reasoning": ([SUM, assistant("4.", reasoning="Two and two."), HELLO], None),
    "reasoning as thinking": ([SUM, assistant("4.", thinking="Two and two.")], None),
    "reasoning as thought": ([SUM, assistant("4.", thought="Two and two."), HELLO], None),
    "reasoning and call": ([HELLO, assistant("", ZURICH, reasoning_content="Need data."), WEATHER_RESULT], "two"),
    "reasoning, call, content": ([HELLO, assistant("Wait.", ZURICH, reasoning_content="Need data."), WEATHER_RESULT, REASONED], "two"),
    "reasoning, calls in turn": ([TERSE, HELLO, assistant("", ZURICH, reasoning_content="One."), WEATHER_RESULT,
                                  assistant("", ADDITION, reasoning_content="Two."), SUM_RESULT, REASONED, SUM], "two"),
    "thinking and call": ([HELLO, assistant("", ZURICH, thinking="Need data."), WEATHER_RESULT], "two"),
    "plan": ([HELLO, assistant("", ZURICH, tool_plan="First the weather."), WEATHER_RESULT], "two"),
    "think switch": ([{"role": "system", "content": "Be brief. /no_think"}, SUM, THOUGHT, {"role": "user", "content": "Why? /think"}], "two"),
    "prefix": ([HELLO, assistant("Hi", prefix=True)], None),
    "detailed thinking": ([{"role": "system", "content": "detailed thinking on"}, SUM], None),
    "model role": ([HELLO, {"role": "model", "content": "Hi."}, SUM], None),
    "root role": ([{"role": "root", "content": "Root."}, TERSE, DEVELOPER, HELLO], "two"),
    "content role": ([HELLO, {"role": "content", "content": "A page."}, HI, SUM], None),
    "chosen": ([HELLO, {"role": "assistant", "content": "", "chosen": ["Hi."]}, SUM], None),
    "mapping of text": ([{"role": "system", "content": {"text": "Be kind."}}, {"role": "user", "content": {"parts": [{"type": "text", "text": "Hi"}]}}], None),
    "place and date": ([dict(TERSE, current_date="2024-07-26", current_location="Zürich"), HELLO], None),
    "tools in the message": ([dict(TERSE, tools=[WEATHER]), HELLO, dict(TERSE, tools=[PING])], None),
    "image of the assistant": ([HELLO, assistant(IMAGES[:2]), SUM], None),
    "image of the system": ([dict(TERSE, content=IMAGES[:2]), SUM], None),
    "named result parts": ([HELLO, assistant("", ZURICH), tool([{"name": "get_weather", "type": "text", "text": "21.5"}], "abc123XYZ")], "two"),
    "result with a document": ([HELLO, assistant("", ZURICH), tool([{"type": "document", "document": {"data": {"t": 1}}}], "abc123XYZ")], "two"),
    "result without an id": ([HELLO, assistant("", ZURICH), {"role": "tool", "content": "1", "tool": "get_weather"}, HI], "two"),
    "result as content": ([HELLO, assistant("", ZURICH), tool({"content": "21.5"}, "abc123XYZ"), HI], "two"),
    "tool response by the user": ([HELLO, assistant("", ZURICH), {"role": "user", "content": "<tool_response>\n1\n</tool_response>"}, HI], "two"),
    "arguments not an object": ([HELLO, assistant("", call("add", [1]), call("ping", 5)), tool("x")], "two"),
    "call not an object": ([HELLO, assistant("", "add"), tool("x")], "two"),
    "call with a mark": ([HELLO, assistant("[BEGIN FINAL RESPONSE] <think>a</think>b", ZURICH), WEATHER_RESULT, assistant("x [BEGIN FINAL RESPONSE] y"), SUM], "two"),
    "recipient": ([HELLO, assistant("x", recipient="add", end_turn=False), assistant("y", end_turn=True)], "two"),
}

CONTINUED = {
    "continue text": [HELLO, assistant("The answer is")], "continue text and space": [TERSE, HELLO, assistant("The answer is ")],
    "continue lines": [HELLO, assistant("\n 1. One\n 2.")], "continue user": [HELLO], "continue parts": [HELLO, assistant([{"type": "text", "text": "It "}])],
    "continue reasoning": [HELLO, assistant("So", reasoning_content="Hm.")], "continue thought": [HELLO, assistant("<think>\nHm.\n</think>\n\nSo ")],
    "continue open thought": [HELLO, assistant("<think>\nHm")], "continue empty": [HELLO, assistant("")], "continue none": [HELLO, assistant(None)],
    "continue no text": [HELLO, assistant([{"type": "image"}])], "continue call": [HELLO, assistant("Wait", ZURICH)], "continue nothing": [],
    "continue repeated": [{"role": "user", "content": "Hi"}, assistant("Hi")],
}

# Variables of the published templates, with values; each is set alone in two conversations.
VARIABLES = {
    "enable_thinking": [True, False, None], "thinking": [True, False], "reasoning_effort": ["none", "low", "high", "max", "odd"],
    "reasoning_mode": ["/think", "/no_think"], "thinking_mode": ["enabled", "disabled", "adaptive", "auto", "off"],
    "thinking_effort": ["low", "high", "max", None, "odd"], "thinking_budget": [0, -1, 512, 3000], "thinking_option": ["on", "off"],
    "think_render_option": ["lastthink", "all", "none"], "keep_past_thinking": [True], "preserve_thinking": [True],
    "preserved_thinking": [True], "clear_thinking": [True, False], "truncate_history_thinking": [True, False],
    "keep_reasoning": [True], "drop_thinking": [True, False], "skip_thinking": [True], "include_thinking": [True, False],
    "add_thoughts": [False, True], "reasoning_strength": ["low", "medium"], "is_training": [True], "training_prompt": [True],
    "documents": [DOCUMENTS, DOCUMENTS[:1]], "custom_tools": [[PING], [WEATHER, ADD]], "tools_in_user_message": [False, True],
    "date_string": ["26 Jul 2024"], "current_date": ["2024-07-26"], "datetime": ["2024-07-26 10:00"], "builtin_tools": [["browser", "python"], ["code_interpreter"]],
    "model_identity": ["I am a test."], "system_message": ["You are a variable."], "system_prompt": ["You are a variable."],
    "default_system_prompt": [False, "x"], "functions": [[WEATHER["function"]], "none"], "available_tools": [[WEATHER, ADD]],
    "controls": [{"length": "short", "originality": "abstractive"}], "response_format": [
        {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}},
        {"type": "json_object"}],
    "response_schema": [{"type": "object", "properties": {"a": {"type": "string"}}}], "tool_choice": ["required", "none", "auto"],
    "tool_output_instructions": ["Quote them."], "use_json_tooldef": [True], "enable_citations": [True],
    "developer_preamble": ["Prefer prose."], "developer_instruction": ["Prefer prose."], "platform_instruction_override": ["Obey."],
    "grounding": ["ENABLED", "DISABLED"], "regen_tool_call_ids": [False, True], "convert_first_system_msg": [True, False],
    "custom_instructions": ["Be brief."], "xml_tools": [[WEATHER, ADD]], "python_tools": [["def f(x): pass"]], "add_vision_id": [True],
    "render_assistant_messages_raw": [True], "fallback_strategy": ["reasoning_toolcall_retry"], "knowledge_cutoff": ["2024-06"],
    "tool_namespace_descriptions": [{"functions": "All."}], "num_img_tokens": [3], "num_video_frames": [2], "repeat_tokens": [True],
    "image_prompts": [["<img>"]], "bos_token": [""], "eos_token": [""], "skip_special_tokens": [True], "tokenize": [False],
    "deployment": [{"knowledge_cutoff": "2024"}], "tools_function_name": ["f"], "now": ["2024-01-01"],
}

# Sets of variables and tools, with the chats that they are used in.
SETS = {
    "thinking": {"thinking": True, "enable_thinking": True}, "not thinking": {"thinking": False, "enable_thinking": False},
    "thinking kept": {"thinking": True, "preserve_thinking": True, "keep_reasoning": True, "clear_thinking": False, "drop_thinking": False, "reasoning_effort": "high"},
    "functions": {"functions": "[{\"name\": \"add\"}]", "datetime": "2024-07-26 10:00"},
    "functions, plain": {"tools": "plain", "functions": "[]", "datetime": "now"},
    "shapes": {"tools": "shapes"}, "legacy": {"tools": "legacy"}, "interpreter": {"tools": "interpreter"},
}
SET_CHATS = ["one", "system, turns", "developer", "tools", "call, result", "two calls", "calls in turn", "arguments as text", "reasoning", "reasoning, two turns",
             "reasoning, calls in turn", "call, content none", "late system", "images and turns", "no messages"]


def cases():
    """All cases, each with its name, the name of its chat, and variables; `tools` is the name of a list."""
    for name, (_, tools) in CHATS.items():
        for prompt in (True, False):
            kwargs = {"add_generation_prompt": prompt}
            if tools is not None:
                kwargs["tools"] = tools
            yield {"name": name + (" +" if prompt else ""), "chat": name, "kwargs": kwargs}
    for variable, values in VARIABLES.items():
        for index, value in enumerate(values):
            base = {"add_generation_prompt": True, variable: value}
            yield {"name": f"{variable} {index}, rich", "chat": "reasoning, calls in turn", "kwargs": {"tools": "two", **base}}
            yield {"name": f"{variable} {index}, plain", "chat": "system, turns", "kwargs": base}
    for name, variables in SETS.items():
        for chat in SET_CHATS:
            tools = CHATS[chat][1]
            kwargs = {"add_generation_prompt": True, **({"tools": tools} if tools is not None else {}), **variables}
            yield {"name": f"{name}, {chat}", "chat": chat, "kwargs": kwargs}
    for name in CONTINUED:
        yield {"name": name, "chat": name, "kwargs": {"continue_final_message": True, "add_generation_prompt": False}}


def expanded(case):
    """The messages and variables of a case."""
    messages = CHATS[case["chat"]][0] if case["chat"] in CHATS else CONTINUED[case["chat"]]
    kwargs = dict(case["kwargs"])
    if "tools" in kwargs:
        kwargs["tools"] = TOOLS[kwargs["tools"]]
    return {"name": case["name"], "messages": messages, "kwargs": kwargs}


def random_cases(seed, count):
    """Random conversations from the same pieces and from pieces of text."""
    draw = random.Random(seed)
    texts = ["", " ", "x", "\n", " a ", "é\n\n", "<think>\nt\n</think>\n\nu", "</think>", "{\"a\": 1}", "[1]", "/no_think", "'\"\\", "\u00a0\u3000z", "\ta\r\nb"]

    def text():
        return "".join(draw.choices(texts, k=draw.randint(0, 3)))

    def value(depth=0):
        kinds = [text, lambda: draw.randint(-5, 10**12), lambda: draw.choice([0.1, 1e22, 1e-7, -0.0, 2.5, 1e16]), lambda: draw.choice([True, False, None])]
        if depth < 3:
            kinds += [lambda: [value(depth + 1) for _ in range(draw.randint(0, 3))], lambda: {draw.choice(["type", "text", "name", "é", "items", "a b"]): value(depth + 1) for _ in range(draw.randint(0, 3))}]
        return draw.choice(kinds)()

    def content():
        return draw.choice([text, text, text, lambda: [{"type": "text", "text": text()} for _ in range(draw.randint(0, 3))], lambda: draw.choice([None, IMAGES, value()])])()

    def message():
        role = draw.choice(["user", "assistant", "assistant", "tool", "system", "user"])
        result = {"role": role, "content": content()}
        if role == "assistant" and draw.random() < 0.5:
            result["tool_calls"] = [call(draw.choice(["add", "ping", "é"]), draw.choice([{"a": value(), "b": value()}, "{}", text()]), f"call_{i}") for i in range(draw.randint(0, 2))]
        if role == "assistant" and draw.random() < 0.5:
            result[draw.choice(["reasoning_content", "thinking", "reasoning"])] = text()
        if role == "tool":
            result["tool_call_id"] = draw.choice(["call_0", "call_1", "x"])
        return result

    def schema(depth=0):
        kind = draw.choice(["string", "integer", "number", "boolean", "array", "object", ["string", "null"], None])
        result = {} if kind is None else {"type": kind}
        if draw.random() < 0.5:
            result["description"] = text()
        if draw.random() < 0.2:
            result[draw.choice(["default", "enum", "const", "examples", "minimum", "format", "nullable", "title"])] = draw.choice([[text(), 1], value(2)])
        if kind == "array" and depth < 3:
            result["items"] = schema(depth + 1)
        if kind == "object" and depth < 3:
            result["properties"] = {draw.choice("abcdef"): schema(depth + 1) for _ in range(draw.randint(0, 3))}
            result["required"] = list(result["properties"])[:1]
        return result

    for index in range(count):
        messages = [message() for _ in range(draw.randint(1, 7))]
        if draw.random() < 0.7:
            messages.insert(0, draw.choice([HELLO, SUM, TERSE]))
        kwargs = {"add_generation_prompt": draw.random() < 0.7}
        if draw.random() < 0.6:
            kwargs["tools"] = [function(draw.choice(["add", "ping", "é"]), text(), {draw.choice("abcdef"): schema() for _ in range(draw.randint(0, 4))}, draw.choice([None, [], ["a"]])) for _ in range(draw.randint(0, 3))]
        if draw.random() < 0.4:
            name = draw.choice(list(VARIABLES))
            kwargs[name] = draw.choice(VARIABLES[name])
        if draw.random() < 0.1 and not kwargs["add_generation_prompt"]:
            kwargs["continue_final_message"] = True
        yield {"name": str(index), "messages": messages, "kwargs": kwargs}
