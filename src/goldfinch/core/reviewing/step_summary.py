"""`$GITHUB_STEP_SUMMARY`: the comment's content, longer, and never so long that GitHub drops it.

Over 1 MiB GitHub shows nothing at all of it, hence the limit. Where it does not fit, this is shed, first to last: cases in full, slices
by tag, fixed cases, regressed and worse cases, findings that are no breach, metrics, breaches, notes. Verdict and the six gates stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from goldfinch.core.comparison.outcome import CaseChange, MetricChange
from goldfinch.core.escaping import for_markdown_fence, for_markdown_text, without_commands
from goldfinch.core.results.report import excerpt
from goldfinch.core.results.wording import UNKNOWN, known
from goldfinch.core.review import Review
from goldfinch.core.reviewing import wording
from goldfinch.core.reviewing.comment import breach_lines, gate_table, headline_line
from goldfinch.core.reviewing.details import case_fence, has_text
from goldfinch.core.reviewing.figures import change_of, metric_figure, table_row
from goldfinch.core.reviewing.links import linked
from goldfinch.core.reviewing.shedding import Section, fitted
from goldfinch.core.verdict import Verdict

LIMIT_BYTES = 900_000
_CELL_BYTES = 500
_CASE_LINES = 400
_COMMAND_ROOM = 2_000
"""Bytes kept back for the marks that `without_commands` adds."""


def render_step_summary(review: Review, limit_bytes: int = LIMIT_BYTES, *, heading: str = "") -> str:
    """At most `limit_bytes` of UTF-8. Works where nothing may be posted: on a fork it is all there is."""
    if limit_bytes < 2 * _COMMAND_ROOM:
        raise ValueError(f"a step summary needs at least {2 * _COMMAND_ROOM} bytes, got {limit_bytes}")
    room = limit_bytes - min(_COMMAND_ROOM, limit_bytes // 4)
    page = without_commands(fitted(list(_sections(review, heading)), room))
    return page if len(page.encode()) <= limit_bytes else without_commands(fitted(list(_sections(review, heading)), room // 2))


def _sections(review: Review, heading: str) -> Iterator[Section]:
    title = f"## {for_markdown_text(excerpt(heading.lstrip('# '), _CELL_BYTES))}\n" if heading else ""
    yield Section(0, f"{title}{headline_line(review)}\n\n", ("",))
    yield from _listing(2, "", [for_markdown_text(excerpt(note, _CELL_BYTES)) for note in wording.notes(review)], "notes")
    yield Section(1, "", (_lines([*gate_table(review), ""]),))
    yield Section(1, "", (_closing(review),))
    yield from _listing(3, "Breaches", breach_lines(review), "breaches")
    if review.comparison is not None and review.comparison.baseline is not None:
        yield from _metrics(4, f"Metrics against {for_markdown_text(wording.base(review))}", review.comparison.metrics)
        yield from _cases(6, "Regressed cases", review.regressed_cases)
        yield from _cases(6, "Passed less often, not proven case by case", review.worse_cases)
        yield from _cases(7, "Fixed cases", review.fixed_cases)
        for tag, metrics in review.comparison.slices.items():
            yield from _metrics(8, f"Tag {for_markdown_text(excerpt(tag, _CELL_BYTES))}", metrics)
    yield from _listing(5, "Everything that the gates looked at", list(_other_findings(review)), "findings")
    yield from _details(review)


def _listing(importance: int, title: str, lines: list[str], noun: str) -> Iterator[Section]:
    if lines:
        yield Section(importance, f"#### {title}\n\n" if title else "", tuple(f"- {line}\n" for line in lines), "\n", noun)


def _other_findings(review: Review) -> Iterator[str]:
    for outcome in review.gates:
        for finding in outcome.findings:
            if not finding.is_breach:
                said = for_markdown_text(excerpt(" — ".join(filter(None, (finding.text, finding.advice))), _CELL_BYTES))
                yield f"{wording.ICONS[finding.verdict]} {outcome.gate.shown}: {said}"
        if not outcome.findings:
            yield f"{wording.ICONS[Verdict.INCONCLUSIVE]} {outcome.gate.shown}: no data"


def _metrics(importance: int, title: str, metrics: Iterable[MetricChange]) -> Iterator[Section]:
    rows = tuple(map(_metric_row, metrics))
    if rows:
        columns = "| Metric | Verdict | Base | Now | Δ (95 % CI, cases) | Margin | MDE | p worse | Method |"
        yield Section(importance, f"#### {title}\n\n{columns}\n|{' --- |' * 9}\n", rows, "\n", "metrics")


def _metric_row(metric: MetricChange) -> str:
    show = metric_figure(metric.metric)
    figures = (metric.baseline, metric.current, metric.margin, metric.mde)
    base, now, margin, mde = (UNKNOWN if known(value) is None else show(value or 0.0) for value in figures)
    p_value = known(metric.p_worse_adjusted if metric.p_worse_adjusted is not None else metric.p_worse)
    said = metric.change.value + ("" if metric.gating else ", does not decide") + (", worse by the margin" if metric.point_breach else "")
    p_shown = UNKNOWN if p_value is None else f"{p_value:.3f}" if p_value >= 0.001 else "< 0.001"
    return _line(metric.metric, said, base, now, change_of(metric), margin, mde, p_shown, metric.method)


def _cases(importance: int, title: str, cases: tuple[CaseChange, ...]) -> Iterator[Section]:
    if cases:
        head = f"#### {title} ({len(cases):,})\n\n| Case | Passed before | Passed now | States | p worse | Tags |\n|{' --- |' * 6}\n"
        yield Section(importance, head, tuple(map(_case_row, cases)), "\n", "cases")


def _case_row(case: CaseChange) -> str:
    p_value = known(case.p_worse)
    return _line(
        f"{case.case_id}{', critical' if case.critical else ''}",
        f"{case.baseline_passed}/{case.baseline_trials}",
        f"{case.current_passed}/{case.current_trials}",
        f"{case.baseline_state.value} → {case.current_state.value}",
        UNKNOWN if p_value is None else f"{p_value:.3g}",
        ", ".join(case.tags),
    )


def _details(review: Review) -> Iterator[Section]:
    blocks = []
    for case in review.cases:
        if has_text(case):
            name = for_markdown_text(excerpt(f"{case.case_id}{f' ({case.where})' if case.where else ''}", _CELL_BYTES))
            blocks.append(f"**{name}**\n\n{case_fence(case, _CASE_LINES)}\n")
    if blocks:
        yield Section(
            9, "<details><summary>Cases in full: input, expected, was / is, why</summary>\n\n", tuple(blocks), "</details>\n", "cases"
        )


def _closing(review: Review) -> str:
    about = (excerpt(wording.quarantined(review), 4 * _CELL_BYTES), excerpt(wording.dataset_changes(review), _CELL_BYTES))
    rest = [line for text in about if text for line in (for_markdown_text(text), "")]
    lines = [*rest, for_markdown_text(excerpt(wording.facts(review), 2 * _CELL_BYTES)), ""]
    if command := wording.reproduce(review):
        lines += [*for_markdown_fence(excerpt(" ".join(command.split()), _CELL_BYTES), "sh").splitlines(), ""]
    if last := " · ".join(filter(None, (linked(review.links), for_markdown_text(wording.false_alarms(review))))):
        lines += [last, ""]
    return _lines(lines)


def _line(*cells: str) -> str:
    return f"{table_row(*cells)}\n"


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
