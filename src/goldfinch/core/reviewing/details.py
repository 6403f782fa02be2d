"""One case in full: what was asked, what was expected, and the answers before and now as a diff. Every word of it inside a fence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from goldfinch.core.escaping import for_markdown_fence
from goldfinch.core.results.report import excerpt
from goldfinch.core.review import CaseEvidence

FIELD_BYTES = 2_000
_FIELD_LINES = 60
"""Lines of one text that are compared: a diff takes the square of it."""
_CONTEXT = 1


def case_fence(case: CaseEvidence, max_lines: int) -> str:
    """A fenced block of at most `max_lines` lines of content, at least 1, that says how many are left out."""
    lines = list(_lines(case))
    if len(lines) > max_lines:
        kept = lines[: max(0, max_lines - 1)]
        lines = [*kept, f"  … {len(lines) - len(kept):,} more lines"]
    return for_markdown_fence("\n".join(lines), "diff")


def has_text(case: CaseEvidence) -> bool:
    """Whether there is anything to show."""
    return any((case.input, case.expected, case.was, case.now, case.reason, case.trajectory_was, case.trajectory_now))


def _lines(case: CaseEvidence) -> Iterator[str]:
    """`-` was, `+` is: what a reader looks for comes first, what was asked before it in a line each."""
    yield from _labelled("input", case.input)
    yield from _labelled("expected", case.expected)
    if case.was == case.now:
        yield from _labelled("answer, before and now", case.now)
    else:
        yield from diff(_split(case.was), _split(case.now))
    yield from _labelled("why", case.reason, mark="!")
    if case.trajectory_was or case.trajectory_now:
        yield "  steps:"
        yield from diff([_flat(step) for step in case.trajectory_was], [_flat(step) for step in case.trajectory_now])


def diff(was: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    """Lines with `- `, `+ ` or `  ` before them; of what stayed only the neighbours of a change."""
    was, now = _capped(was), _capped(now)
    for group in SequenceMatcher(None, was, now, autojunk=False).get_grouped_opcodes(_CONTEXT):
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (f"  {line}" for line in was[i1:i2])
                continue
            yield from (f"- {line}" for line in was[i1:i2])
            yield from (f"+ {line}" for line in now[j1:j2])


def _labelled(label: str, text: str, mark: str = " ") -> Iterable[str]:
    return (f"{mark} {label}: {_flat(text)}",) if text else ()


def _flat(text: str) -> str:
    return " ".join(excerpt(text, FIELD_BYTES).split())


def _split(text: str) -> list[str]:
    return excerpt(text, FIELD_BYTES).split("\n") if text else []


def _capped(lines: Sequence[str]) -> list[str]:
    if len(lines) <= _FIELD_LINES:
        return list(lines)
    return [*lines[: _FIELD_LINES - 1], f"… {len(lines) - _FIELD_LINES + 1:,} more lines"]
