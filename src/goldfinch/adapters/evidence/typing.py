"""mypy's report: its text, which ends with a summary, or the lines of `--output json`, which have none."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from goldfinch.adapters.evidence.reading import MAX_SPOTS, content_of, damaged, mapping, one_line, spot
from goldfinch.core.gates.evidence import Spot, TypeCheck

_KIND = "report of mypy"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_FOUND = re.compile(r"Found (\d{1,9}) errors? in \d+ files? \((checked (\d{1,9}) source files?|errors prevented further checking)\)")
_CLEAN = re.compile(r"Success: no issues found in (\d{1,9}) source files?")
_SEVERITIES = ("error", "note", "warning")
_BLOCKING = "syntax"
"""The code of errors that end the check of everything."""


def read_mypy(path: Path) -> TypeCheck:
    """Errors in all and by place. Raises `EvidenceUnreadable` where the report does not show that mypy came to its end.

    An empty report does not: `--output json` of clean code writes nothing, as does a mypy that was never found.
    """
    try:
        text = content_of(path, kind=_KIND).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise damaged(path, _KIND, "not UTF-8") from error
    lines = [_ESCAPES.sub("", line).rstrip() for line in text.split("\n")]
    if not any(lines):
        why = "empty, as of clean code in JSON and of a check that never ran: use the text, which ends with a summary"
        raise damaged(path, _KIND, why)
    return _from_json(lines, path) if next(filter(None, lines)).startswith("{") else _from_text(lines, path)


def _from_json(lines: list[str], path: Path) -> TypeCheck:
    errors = []
    for number, line in enumerate(lines, 1):
        if line:
            found = _json_line(line, number, path)
            if found.get("severity") == "error":
                errors.append((one_line(found.get("file")), found.get("line"), one_line(found.get("message")), one_line(found.get("code"))))
    stopped = "a syntax error" if any(code == _BLOCKING for *_, code in errors) else ""
    return _check(errors, len(errors), stopped)


def _json_line(line: str, number: int, path: Path) -> Any:
    try:
        found = mapping(msgspec.json.decode(line), path, _KIND, f"line {number}")
    except (msgspec.MsgspecError, RecursionError) as error:
        raise damaged(path, _KIND, str(error), line=number) from error
    if found.get("severity") not in _SEVERITIES or not isinstance(found.get("file"), str):
        raise damaged(path, _KIND, "it has no `file`, or no `severity` that mypy gives", line=number)
    return found


def _from_text(lines: list[str], path: Path) -> TypeCheck:
    errors = [error for error in map(_text_error, lines) if error is not None]
    summary = next((line for line in reversed(lines) if line), "")
    if (clean := _CLEAN.fullmatch(summary)) is not None:
        return _check(errors, len(errors), "" if int(clean[1]) else "it checked no file")
    found = _FOUND.fullmatch(summary)
    if found is None:
        raise damaged(path, _KIND, "its last line is no summary (`Success: …` or `Found … errors in …`): cut off, or mypy crashed")
    return _check(errors, max(int(found[1]), len(errors)), "" if found[3] else "errors prevented further checking")


_Error = tuple[str, Any, str, str]


def _text_error(line: str) -> _Error | None:
    """`src/app.py:12: error: …  [code]`, with or without a column."""
    place, sep, message = line.partition(": error: ")
    if not sep:
        return None
    message, _, code = message.removesuffix("]").rpartition("  [") if message.endswith("]") else (message, "", "")
    file, *numbers = re.split(r":(?=\d)", place, maxsplit=4)
    return (
        one_line(file),
        int(numbers[0]) if numbers and len(numbers[0]) < 10 and numbers[0].isdigit() else None,
        one_line(message),
        one_line(code),
    )


def _check(errors: list[_Error], total: int, stopped: str) -> TypeCheck:
    places = Counter(f"{file} [{code}]" for file, _, _, code in errors)
    spots = tuple(Spot(spot(file, line), f"{message} [{code}]" if code else message) for file, line, message, code in errors[:MAX_SPOTS])
    return TypeCheck(total, dict(places), spots, stopped)
