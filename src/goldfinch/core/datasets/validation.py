"""Whether a mapping is a golden case, and if not, everything that is wrong with it, each with its key path and what to do."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.json_values import NotJson, name_of_type, require_json
from goldfinch.core.datasets.limits import MAX_TRIALS, MAX_WEIGHT
from goldfinch.core.datasets.plain import to_plain
from goldfinch.core.errors import Problem

_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,127}", re.ASCII)
_DEVICE_NAME = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
"""Names that Windows gives to devices, with any suffix. Source: Microsoft, "Naming Files, Paths, and Namespaces"."""

Report = Callable[[str, str, str, str], None]
"""Called with code, key path, what is wrong, what to do."""
Check = Callable[[Any, str, Report], None]


def is_case_id(text: str) -> bool:
    """Whether `text` may name a case: safe as a file name and a link on every system (REQUIREMENTS T12)."""
    return _ID.fullmatch(text) is not None and not (_DEVICE_NAME.fullmatch(text) or text.endswith("."))


def problems_of(candidate: object, *, where: str = "") -> tuple[Problem, ...]:
    """Everything wrong with one case, given as a mapping read from a file or as a `Case`; empty where it can be used.

    `where` is the place (`file:line`); the case's id is added to it where there is one.
    """
    raw = to_plain(candidate) if isinstance(candidate, Case) else candidate
    return _problems(raw, _CASE, _with_id(where, raw))


def problems_of_defaults(raw: object, *, where: str = "") -> tuple[Problem, ...]:
    """Everything wrong with the `defaults` of a dataset.yaml: a case without its own id and input."""
    return _problems(raw, _DEFAULTS, where, "defaults")


def _with_id(where: str, raw: object) -> str:
    case_id = raw.get("id") if isinstance(raw, Mapping) else None
    if not isinstance(case_id, str) or not is_case_id(case_id):
        return where
    return f"{where} (case {case_id})" if where else f"case {case_id}"


def _problems(raw: object, check: Check, where: str, path: str = "") -> tuple[Problem, ...]:
    found: list[Problem] = []

    def report(code: str, key: str, what: str, hint: str) -> None:
        found.append(Problem(f"`{key}` {what}" if key else what, where, hint, code))

    check(raw, path, report)
    return tuple(found)


_ELSEWHERE = {
    **dict.fromkeys(("question", "prompt", "query", "user_input", "messages"), "input"),
    **dict.fromkeys(
        ("answer", "expected_output", "expected_answer", "ground_truth", "reference", "target", "output", "label"), "expected.answer"
    ),
    **dict.fromkeys(("case_id", "name"), "id"),
}
"""What other tools call our keys."""


def unknown_key(key: object, known: Mapping[str, Any], fallback: str) -> tuple[str, str]:
    """What to say of a key that has no meaning: the message, and the nearest known key or `fallback` as the hint."""
    meant = _ELSEWHERE.get(str(key).lower())
    if meant is not None and (meant in known or meant.partition(".")[0] in known):
        return "is not a known key", f"write `{meant}`"
    near = get_close_matches(str(key)[:80], known, n=1, cutoff=0.6)
    return "is not a known key", f"did you mean `{near[0]}`?" if near else fallback


def _wrong(report: Report, path: str, expected: str, value: object, hint: str = "") -> None:
    report(codes.WRONG_TYPE, path, f"must be {expected}, found {name_of_type(value)}", hint)


def _json_value(value: Any, path: str, report: Report) -> None:
    try:
        require_json(value)
    except NotJson as error:
        report(codes.OUT_OF_RANGE if error.out_of_range else codes.WRONG_TYPE, path + error.path, error.what, "")


def _text(value: Any, path: str, report: Report) -> None:
    if not isinstance(value, str):
        _wrong(report, path, "text", value, "put it in quotes" if isinstance(value, int | float) else "")
    else:
        _json_value(value, path, report)


def _phrase(value: Any, path: str, report: Report) -> None:
    if isinstance(value, str) and not value.strip():
        report(codes.OUT_OF_RANGE, path, "must not be empty", "take it out: an empty text can be found nowhere")
    else:
        _text(value, path, report)


def _flag(value: Any, path: str, report: Report) -> None:
    if not isinstance(value, bool):
        _wrong(report, path, "true or false", value)


def _number(*, above: float = -math.inf, minimum: float = -math.inf, maximum: float = math.inf) -> Check:
    bound = "" if above == minimum else f" above {above:g}" if above > minimum else f" of at least {minimum:g}"

    def check(value: Any, path: str, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            _wrong(report, path, f"a number{bound}", value)
            return
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number) or number <= above or number < minimum:
            report(codes.OUT_OF_RANGE, path, f"must be a finite number{bound}, found {name_of_type(value)}", "")
        elif number > maximum:
            report(codes.OUT_OF_RANGE, path, f"must be at most {maximum:g}, found {number:g}", "")

    return check


def _whole(minimum: int, maximum: int = (1 << 63) - 1) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            _wrong(report, path, f"a whole number of at least {minimum}", value)
        elif value < minimum:
            report(codes.OUT_OF_RANGE, path, f"must be a whole number of at least {minimum}, found {name_of_type(value)}", "")
        elif value > maximum:
            report(codes.OUT_OF_RANGE, path, f"must be at most {maximum}", "")

    return check


def _one_of(*choices: str) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if value not in choices:
            _wrong(report, path, f"one of {', '.join(choices)}", value)

    return check


def _or_null(inner: Check) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if value is not None:
            inner(value, path, report)

    return check


def _list_of(inner: Check, items: str) -> Check:
    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, list | tuple):
            _wrong(report, path, f"a list of {items}", value, "put it in [ ]" if isinstance(value, str) else "")
            return
        for index, item in enumerate(value):
            inner(item, f"{path}[{index}]", report)

    return check


def _tags(value: Any, path: str, report: Report) -> None:
    _list_of(_text, "texts")(value, path, report)
    if not isinstance(value, list | tuple):
        return
    first: dict[str, int] = {}
    for index, tag in enumerate(value):
        if isinstance(tag, str) and (earlier := first.setdefault(tag, index)) != index:
            report(
                codes.DUPLICATE_TAG,
                f"{path}[{index}]",
                f"repeats {name_of_type(tag)[5:]}",
                f"remove it: `{path}[{earlier}]` is the same",
            )


def _text_or_texts(value: Any, path: str, report: Report) -> None:
    if isinstance(value, list | tuple):
        _list_of(_text, "texts")(value, path, report)
    else:
        _text(value, path, report)


def _object_of(keys: Mapping[str, Check], required: tuple[str, ...] = (), fallback: str = "") -> Check:
    known = "known keys: " + ", ".join(keys)

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, Mapping):
            _wrong(report, path, "an object", value, _SUCH_AS.get(path, "")) if path else report(
                codes.WRONG_TYPE, "", f"a case must be an object, found {name_of_type(value)}", "write it as {key: value}"
            )
            return
        prefix = f"{path}." if path else ""
        for key, item in value.items():
            if (inner := keys.get(key) if isinstance(key, str) else None) is not None:
                inner(item, prefix + key, report)
            else:
                what, hint = unknown_key(key, keys, fallback or known)
                report(codes.UNKNOWN_KEY, f"{prefix}{key}", what, hint)
        for key in required:
            if key not in value:
                report(codes.MISSING_KEY, prefix + key, "is missing", "add it")

    return check


_SUCH_AS = {
    "expected": "such as {answer: …} or {must_include: […]}",
    "budget": "such as {cost_usd: 0.05}",
    "safety": "such as {canaries: […]}",
}


def _free_object(value: Any, path: str, report: Report) -> None:
    if isinstance(value, Mapping):
        _json_value(dict(value), path, report)
    else:
        _wrong(report, path, "an object", value)


def _id(value: Any, path: str, report: Report) -> None:
    if not isinstance(value, str):
        _wrong(report, path, "text", value, "put it in quotes" if isinstance(value, int | float) else "")
    elif not is_case_id(value):
        report(
            codes.BAD_ID,
            path,
            f"cannot be {name_of_type(value)[5:]}",
            "use 1 to 128 of A-Z a-z 0-9 . _ -, first a letter or digit, no dot at the end, no device name such as CON",
        )


NUMBER_KEYS: dict[str, Check] = {
    "value": _number(),
    "tolerance": _number(minimum=0),
    "relative": _number(minimum=0),
    "label": _text,
}
TOOL_KEYS: dict[str, Check] = {"name": _text, "arguments": _or_null(_free_object)}
EXPECTED_KEYS: dict[str, Check] = {
    "answer": _or_null(_text_or_texts),
    "must_include": _list_of(_text, "texts"),
    "must_not_include": _list_of(_text, "texts"),
    "numbers": _list_of(_object_of(NUMBER_KEYS, ("value",)), "objects"),
    "json": _json_value,
    "tools": _or_null(_list_of(_object_of(TOOL_KEYS, ("name",)), "objects")),
    "tool_order": _one_of("exact", "in_order", "any_order", "subset"),
    "rubric": _or_null(_text),
}
BUDGET_KEYS: dict[str, Check] = {
    "cost_usd": _or_null(_number(minimum=0)),
    "tokens": _or_null(_whole(0)),
    "steps": _or_null(_whole(0)),
    "latency_ms": _or_null(_number(minimum=0)),
}
SAFETY_KEYS: dict[str, Check] = {
    "canaries": _list_of(_phrase, "texts"),
    "protected": _list_of(_phrase, "texts"),
    "forbidden_tools": _list_of(_phrase, "texts"),
    "forbidden_topics": _list_of(_phrase, "texts"),
}
CASE_KEYS: dict[str, Check] = {
    "id": _id,
    "input": _json_value,
    "context": _json_value,
    "expected": _object_of(EXPECTED_KEYS),
    "tags": _tags,
    "weight": _number(above=0, maximum=MAX_WEIGHT),
    "critical": _flag,
    "trials": _or_null(_whole(1, MAX_TRIALS)),
    "budget": _or_null(_object_of(BUDGET_KEYS)),
    "safety": _or_null(_object_of(SAFETY_KEYS)),
    "metadata": _free_object,
}
_CASE = _object_of(CASE_KEYS, ("id", "input"), "your own keys go under `metadata`")
_DEFAULTS = _object_of({key: check for key, check in CASE_KEYS.items() if key not in ("id", "input")})
