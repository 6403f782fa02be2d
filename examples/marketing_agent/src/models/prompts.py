"""What is sent to a language model: the texts of `texts/` with the task's material as quarantined data.

The texts are files, so that a change of them is reviewed as a text; `version()` is their hash and part of the release's identity.
Data stand between marks with a code that does not occur in them (Hines et al. 2024, "Defending against indirect prompt injection
attacks with spotlighting", delimiting). The code is drawn from the content: the same request gives the same prompt, so that recordings
can be replayed, and a text that knew its own code would have to contain its own hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

from src.domain import ModelRequest, Observation, Plan, Recollection

TEXTS = Path(__file__).resolve().parent / "texts"
CHARS_PER_TOKEN = 4
"""An estimate for English and JSON, for models without a tokenizer at hand."""
SHORTEST_BLOCK = 200
"""Characters that a block keeps however little room there is."""

Message = dict[str, str]


def version() -> str:
    """Twelve hexadecimal digits over all prompt texts."""
    digest = sha256()
    for path in sorted(TEXTS.glob("*.txt")):
        digest.update(f"{path.name}\0{path.read_text(encoding='utf-8')}\0".encode())
    return digest.hexdigest()[:12]


def estimated_tokens(content: str | Iterable[Mapping[str, str]]) -> int:
    """Tokens of a text or of messages, by length; at least 1."""
    text = content if isinstance(content, str) else "".join(message["content"] for message in content)
    return max(1, -(-len(text) // CHARS_PER_TOKEN))


def render(request: ModelRequest, *, quarantine: bool = True, max_chars: int | None = None) -> list[Message]:
    """The messages for `request`, system and user.

    `quarantine` False puts data in as plain text (release `leaky`). With `max_chars` descriptions of tools go first, then the ends of
    the longest blocks; what was cut says so.
    """
    blocks = _blocks(request)
    system = _system(request, quarantine=quarantine, short=False)
    if max_chars is not None:
        around = len(_user(request, dict.fromkeys(blocks, ""), quarantine=quarantine))
        if len(system) + around + _size(blocks) > max_chars:
            system = _system(request, quarantine=quarantine, short=True)
        blocks = _cut(blocks, max_chars - len(system) - around)
    return [{"role": "system", "content": system}, {"role": "user", "content": _user(request, blocks, quarantine=quarantine)}]


def signature(schema: Mapping[str, Any], *, short: bool = False) -> str:
    """A tool's schema as one line, a fifth of its JSON: `name(group_by: total|campaign, start?: text) - description`."""
    function = schema["function"]
    parameters = function.get("parameters", {})
    required = set(parameters.get("required", ()))
    arguments = ", ".join(
        f"{name}{'' if name in required else '?'}: {_type_of(about)}" for name, about in parameters.get("properties", {}).items()
    )
    described = "" if short else f" - {function.get('description', '')}"
    return f"{function['name']}({arguments}){described}"


def _system(request: ModelRequest, *, quarantine: bool, short: bool) -> str:
    parts = [_text(request.purpose)]
    if quarantine:
        parts.append(_text("quarantine"))
    if request.purpose == "plan":
        parts.append("Tools:\n" + "\n".join(signature(tool, short=short) for tool in request.tools))
    return "\n".join(parts)


def _user(request: ModelRequest, blocks: Mapping[str, str], *, quarantine: bool) -> str:
    parts = [f"Question: {request.task.description}"]
    code = _code(blocks.values())
    for name, content in blocks.items():
        parts.append(f"<<<{name} {code}\n{content}\n{code}>>>" if quarantine else f"{name}: {content}")
    if request.problems:
        parts.append("Your last reply was not good enough. PROBLEMS lists what is wrong with it: reply anew without these faults.")
    return "\n".join(parts)


def _blocks(request: ModelRequest) -> dict[str, str]:
    written = {
        "ACCOUNT": _json(request.account) if request.account else "",
        "MEMORY": _memory(request.memory),
        "PLAN": _plan(request.plan) if request.plan else "",
        "FINDINGS": "\n".join(_finding(seen) for seen in request.observations),
        "PROBLEMS": "\n".join(f"- {problem}" for problem in request.problems),  # they quote the data
    }
    return {name: content for name, content in written.items() if content}


def _memory(memory: Recollection) -> str:
    turns = [{"question": turn.question, "answer": turn.answer, "understood": dict(turn.understood)} for turn in memory.turns]
    facts = {fact.key: fact.value for fact in memory.facts}
    return _json({"turns": turns, "facts": facts}) if turns or facts else ""


def _plan(plan: Plan) -> str:
    return "\n".join(f"{step.id}: {step.thought}" for step in plan.steps)


def _finding(seen: Observation) -> str:
    outcome = f"failed: {seen.error}" if seen.error is not None else _json(seen.result)
    return f"{seen.step_id} {seen.tool}({_json(seen.arguments)}): {outcome}"


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str)


def _type_of(about: Mapping[str, Any]) -> str:
    if "enum" in about:
        return "|".join(str(option) for option in about["enum"])
    kind = about.get("type", "any")
    named = {"string": "text", "object": "{" + ", ".join(about.get("properties", {})) + "}", "array": "list"}
    return named.get(kind, str(kind)) if isinstance(kind, str) else "|".join(map(str, kind))


def _size(blocks: Mapping[str, str]) -> int:
    return sum(map(len, blocks.values()))


def _cut(blocks: Mapping[str, str], room: int) -> dict[str, str]:
    """Halve the longest block until all fit, or all are short."""
    cut, lengths = dict(blocks), {name: len(content) for name, content in blocks.items()}
    while lengths and sum(map(len, cut.values())) > room:
        longest = max(lengths, key=lambda name: lengths[name])
        if lengths[longest] <= SHORTEST_BLOCK:
            break
        lengths[longest] = max(SHORTEST_BLOCK, lengths[longest] // 2)
        cut[longest] = f"{blocks[longest][: lengths[longest]]} [cut: {len(blocks[longest]) - lengths[longest]} more characters]"
    return cut


def _code(contents: Iterable[str]) -> str:
    joined = "\0".join(contents)
    codes = (sha256(f"{attempt}\0{joined}".encode()).hexdigest()[:12] for attempt in count())
    return next(code for code in codes if code not in joined)


@cache
def _text(name: str) -> str:
    return (TEXTS / f"{name}.txt").read_text(encoding="utf-8").strip()


def reply_schema(request: ModelRequest) -> dict[str, Any]:
    """JSON Schema of the reply, for servers that force it (`response_format`): a step is a thought, or a call that fits its tool's schema.

    Not in OpenAI's strict subset, in which no argument could be left out.
    """
    if request.purpose == "write":
        return _WRITE_REPLY
    steps = {
        "type": "array",
        "items": {"anyOf": [*map(_call, request.tools), _object({"thought": _TEXT}, ["thought"], closed=True)]},
        "minItems": 1,
    }
    return _object({"plan": _object({"steps": steps | {"maxItems": MOST_STEPS}}, ["steps"]), "reasoning": _TEXT}, ["plan", "reasoning"])


def _call(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool["function"]
    called = {"thought": _TEXT, "tool": {"const": function["name"]}, "arguments": dict(function.get("parameters", {"type": "object"}))}
    return _object(called, ["thought", "tool", "arguments"])


def _object(properties: Mapping[str, Any], required: Sequence[str], *, closed: bool = False) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict(properties), "required": list(required)}
    return schema | {"additionalProperties": False} if closed else schema


MOST_STEPS = 12
_TEXT = {"type": "string", "maxLength": 400}
_CLAIM = _object({"label": _TEXT, "value": {"type": "number"}, "unit": _TEXT, "source": _TEXT}, ["label", "value", "unit", "source"])
_WRITE_REPLY = _object(
    {
        "answer": {"type": "string", "maxLength": 3000},
        "claims": {"type": "array", "items": _CLAIM, "maxItems": 40},
        "caveats": {"type": "array", "items": _TEXT, "maxItems": 12},
        "facts": {"type": "object"},
        "notes": {"type": "object"},
    },
    ["answer", "claims", "caveats"],
)
