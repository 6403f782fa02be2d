"""The pull request's comment. Source: REQUIREMENTS 3."""

from __future__ import annotations

from collections.abc import Iterator

from goldfinch.core.escaping import for_markdown_cell, for_markdown_fence, for_markdown_text, without_commands
from goldfinch.core.results.report import excerpt
from goldfinch.core.review import CommentMode, Review
from goldfinch.core.reviewing import wording
from goldfinch.core.reviewing.details import case_fence, has_text
from goldfinch.core.reviewing.figures import gate_row, table_row
from goldfinch.core.reviewing.links import linked
from goldfinch.core.reviewing.marker import mark_of
from goldfinch.core.verdict import Verdict

MAX_LINES = 60
MAX_CHARACTERS = 60_000
"""GitHub refuses a body of more than 65,536."""
HEADING = "## 🤖 AI Evaluation Results"
"""The specification's (R25)."""
_NOTES, _BREACHES, _CASES, _METRICS = 4, 6, 8, 4
_TEXT_BYTES = 300
_CASE_LINES = 14
_DETAIL_OVERHEAD = 4
"""The folded part's own lines: its summary, a blank, what is left out, its end."""
_BLOCK_OVERHEAD = 5
"""A case's own lines: its name, two blanks, and its fence."""
_LEAST_CASE_LINES = 3
"""Less of a case tells nothing."""


def render_comment(review: Review, *, heading: str = "") -> str:
    """The whole comment, marker first, at most `MAX_LINES` lines; three when green and unchanged; "" where nothing relevant changed.

    `heading` is ours or the settings': one line above the verdict, such as `HEADING`.
    """
    if not review.is_relevant:
        return ""
    top = [str(mark_of(review)), *([_heading(heading)] if heading else []), headline_line(review)]
    if review.is_green_and_unchanged:
        return _whole([*top, for_markdown_text(wording.facts(review))])
    top += ["", *_body(review)]
    closing = list(_closing(review))
    room = MAX_LINES - len(top) - len(closing)
    return _whole([*top, *_details(review, room, MAX_CHARACTERS - _length(top) - _length(closing)), *closing])


def comment_in_mode(review: Review, mode: CommentMode, *, heading: str = "") -> str:
    """What is posted in this mode; "" for nothing."""
    blocked = review.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE)
    if mode is CommentMode.OFF or (mode is CommentMode.ON_FAILURE and not blocked):
        return ""
    return render_comment(review, heading=heading)


def headline_line(review: Review) -> str:
    """`### ❌ Evaluation: blocked — …`."""
    icon, text = wording.headline(review)
    return f"### {icon} {for_markdown_text(excerpt(text, 3 * _TEXT_BYTES))}"


def gate_table(review: Review) -> Iterator[str]:
    """Always all six gates."""
    base = for_markdown_cell(excerpt(f"Base {wording.base(review)}".strip(), _TEXT_BYTES))
    yield f"| Gate | Result | Now | {base} | Δ (95 % CI) | Limit |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for outcome in review.gates:
        row = gate_row(outcome, review)
        yield table_row(outcome.gate.shown, wording.result(outcome), row.now, row.base, row.change, row.limit, limit_bytes=_TEXT_BYTES)


def listed(found: tuple[str, ...] | list[str], most: int, noun: str) -> Iterator[str]:
    """A bullet each, and how many are left."""
    yield from (f"- {line}" for line in found[:most])
    if len(found) > most:
        yield f"- … and {len(found) - most:,} more {noun}"


def breach_lines(review: Review) -> list[str]:
    """`❌ **AI Quality Gate**: Pass rate 80.00% < 85% — what would mend it (where)`."""
    lines = []
    for outcome, finding in wording.breaches(review):
        advice = f" — {finding.advice}" if finding.advice else ""
        where = f" ({finding.where})" if finding.where and finding.where not in f"{finding.text}{advice}" else ""
        said = for_markdown_text(excerpt(f"{finding.text}{advice}{where}", _TEXT_BYTES))
        lines.append(f"{wording.ICONS[finding.verdict]} **{outcome.gate.shown}**: {said}")
    return lines


def _body(review: Review) -> Iterator[str]:
    if notes := [for_markdown_text(excerpt(note, _TEXT_BYTES)) for note in wording.notes(review)]:
        yield from listed(notes, _NOTES, "notes")
        yield ""
    yield from gate_table(review)
    yield ""
    if lines := breach_lines(review):
        yield from listed(lines, _BREACHES, "findings")
        yield ""
    if metrics := wording.moved_metrics(review):
        yield from listed([for_markdown_text(excerpt(wording.metric_change(one), _TEXT_BYTES)) for one in metrics], _METRICS, "metrics")
        yield ""
    yield from _changed_cases(review)


def _changed_cases(review: Review) -> Iterator[str]:
    worse = "Passed less often, not proven case by case"
    for label, cases in (("Regressed", review.regressed_cases), (worse, review.worse_cases), ("Fixed", review.fixed_cases)):
        if cases:
            shown = " · ".join(for_markdown_text(excerpt(wording.case_change(case), _TEXT_BYTES)) for case in cases[:_CASES])
            more = f" · … and {len(cases) - _CASES:,} more" if len(cases) > _CASES else ""
            yield f"**{label} ({len(cases):,})** {shown}{more}"
            yield ""
    for rest in filter(None, (excerpt(wording.quarantined(review), 4 * _TEXT_BYTES), wording.dataset_changes(review))):
        yield for_markdown_text(rest)
        yield ""


def _closing(review: Review) -> Iterator[str]:
    yield for_markdown_text(excerpt(wording.facts(review), 4 * _TEXT_BYTES))
    if command := wording.reproduce(review):
        yield ""
        yield from for_markdown_fence(excerpt(" ".join(command.split()), 2 * _TEXT_BYTES), "sh").splitlines()
    last = " · ".join(filter(None, (linked(review.links), for_markdown_text(excerpt(wording.false_alarms(review), _TEXT_BYTES)))))
    if last:
        yield ""
        yield last


def _details(review: Review, lines: int, characters: int) -> list[str]:
    """The cases in full, as many as there is room for, folded."""
    known = [case for case in review.cases if has_text(case)]
    blocks: list[list[str]] = []
    lines -= _DETAIL_OVERHEAD + 1
    characters -= _TEXT_BYTES
    for case in known:
        room = min(_CASE_LINES, lines - _BLOCK_OVERHEAD)
        if room < _LEAST_CASE_LINES:
            break
        name = for_markdown_text(excerpt(f"{case.case_id}{f' ({case.where})' if case.where else ''}", _TEXT_BYTES))
        block = [f"**{name}**", "", *case_fence(case, room).splitlines(), ""]
        characters -= _length(block)
        if characters < 0:
            break
        blocks.append(block)
        lines -= len(block)
    if not blocks:
        return []
    count = max(len(review.regressed_cases) + len(review.worse_cases), len(known))
    left = [f"… and {count - len(blocks):,} more in the report"] if count > len(blocks) else []
    title = f"{len(blocks)} {'case' if len(blocks) == 1 else 'cases'}: input, expected, was / is, why"
    shown = [line for block in blocks for line in block]
    return [f"<details><summary>{title}</summary>", "", *shown, *left, "</details>", ""]


def _heading(text: str) -> str:
    return f"## {for_markdown_text(excerpt(text.lstrip('# '), _TEXT_BYTES))}"


def _length(lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _whole(lines: list[str]) -> str:
    return without_commands("".join(f"{line}\n" for line in lines))
