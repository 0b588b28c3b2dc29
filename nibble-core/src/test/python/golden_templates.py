#!/usr/bin/env python3
"""Renders our templates and conversations with Python's jinja2, set up as Hugging Face transformers sets it up.

    golden_templates.py RESOURCES [FOLDER_OF_CHAT_TEMPLATES]

RESOURCES is nibble-core/src/test/resources/golden/templates: expressions.txt, whitespace.json and failures.txt are read, cases.json is
written. With the folder of real chat templates also conversations.json is read and real-templates.json written: what each template makes of
each conversation. The templates themselves are not kept.
"""
import hashlib
import json
import pathlib
import sys
from datetime import datetime

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox

NOW = datetime(2025, 3, 7, 14, 5, 9)


class Generation(jinja2.ext.Extension):
    """{% generation %}: the text itself, in a scope of its own."""
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_text"), [], [], body).set_lineno(line)

    def _text(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: NOW.strftime(form)
    return env


def outcome(env, source, context):
    try:
        return {"expected": env.from_string(source).render(**context)}
    except Exception as e:  # whatever Python says: the template is refused
        return {"error": type(e).__name__ + ": " + str(e).split("\n")[0]}


CONTEXT = {
    "user": {"name": "Zoë", "tags": ["a", "b"], "age": 41, "score": 2.0, "nothing": None, "active": True},
    "items": [{"k": "v"}, {"k": 2}], "big": 18446744073709551616, "tiny": 1e-7,
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"},
                 {"role": "assistant", "content": "Hello"}, {"role": "user", "content": "Bye"}],
}


def lines(path):
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line and not line.startswith("# ")]


def pieces(line):
    """A line of expressions as one case each, and the line as a whole."""
    if "{%" in line or "{#" in line or "-}}" in line:
        return [line]
    parts = [p + "}}" for p in line.replace("}}|", "}}").split("}} ") if p]
    parts[-1] = parts[-1][:-2]
    return [line] + [p for p in parts if p.startswith("{{") and p.endswith("}}")]


def small(resources):
    env = environment()
    cases = []
    for source in [p for line in lines(resources / "expressions.txt") for p in pieces(line)] \
            + json.loads((resources / "whitespace.json").read_text(encoding="utf-8")) + lines(resources / "failures.txt"):
        cases.append({"template": source, **outcome(env, source, CONTEXT)})
    return {"context": CONTEXT, "cases": cases}


def real(resources, folder):
    env = environment()
    conversations = json.loads((resources / "conversations.json").read_text(encoding="utf-8"))
    cases = []
    for path in sorted(folder.glob("*.jinja")):
        source = path.read_text(encoding="utf-8")
        for name, context in conversations["conversations"].items():
            for prompt in (False, True):
                variables = {**conversations["common"], **context, "add_generation_prompt": prompt}
                cases.append({"template": path.name, "conversation": name, "prompt": prompt, **digest(outcome(env, source, variables))})
    return {"cases": cases}


def digest(result):
    """The prompts repeat phrases of the templates, which are not ours to keep: their digests do."""
    return {"sha256": hashlib.sha256(result["expected"].encode()).hexdigest()} if "expected" in result else {"refused": True}


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1])
    write(root / "cases.json", small(root))
    if len(sys.argv) > 2:
        write(root / "real-templates.json", real(root, pathlib.Path(sys.argv[2])))
