"""`summary.md`: what a pull request's comment and a job's summary page show. GitHub's Markdown, every word of data escaped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from goldfinch.core.escaping import for_markdown_cell, for_markdown_fence, for_markdown_text
from goldfinch.core.results import wording
from goldfinch.core.results.report import CaseDetail, Report, excerpt
from goldfinch.core.results.summary import MetricSummary
from goldfinch.ports.reporter import EveryCase

_CASE_ID_BYTES = 200
_REASON_BYTES = 300
_SHOWN_METRICS = 25
_IDLE_BYTES = 500


@dataclass(frozen=True, slots=True)
class MarkdownReporter:
    """At most `limit_bytes` of UTF-8 and, folded details aside, some 60 lines: details are left out, and counted, before figures are."""

    shown_cases: int = 10
    shown_reasons: int = 3
    limit_bytes: int = 60_000
    file_name: str = "summary.md"

    def write(self, report: Report, every_case: EveryCase, out: TextIO) -> None:  # noqa: ARG002 - the port's signature
        head = "".join(f"{line}\n" for line in self._head(report))
        out.write(head)
        out.write(_details(report, self.limit_bytes - _size(head)))

    def _head(self, report: Report) -> Iterator[str]:
        yield f"**{for_markdown_text(wording.headline(report))}**"
        yield ""
        yield from self._cases(report)
        yield from _metric_table(report)
        yield from _figures(report)

    def _cases(self, report: Report) -> Iterator[str]:
        shown = report.details[: self.shown_cases]
        if not shown:
            return
        yield "| Case | Outcome | Trials passed | Why |"
        yield "| --- | --- | --- | --- |"
        for detail in shown:
            yield self._case_row(detail)
        left = len(report.details) - len(shown) + report.more
        yield from [""] if not left else ["", f"… and {left} more that did not pass.", ""]

    def _case_row(self, detail: CaseDetail) -> str:
        result = detail.result
        telling = result.telling_trial()
        reasons = telling.reasons[: self.shown_reasons] if telling else ()
        why = "; ".join(excerpt(wording.reason_text(reason), _REASON_BYTES) for reason in reasons)
        outcome = f"{result.outcome.value}, critical" if result.critical else result.outcome.value
        case_id = for_markdown_cell(excerpt(result.case_id, _CASE_ID_BYTES))
        return f"| {case_id} | {outcome} | {result.passed_trials}/{result.planned_trials} | {for_markdown_cell(why)} |"


def _metric_table(report: Report) -> Iterator[str]:
    telling = [metric for metric in report.summary.metrics if wording.tells_something(metric)]
    if telling:
        yield "| Metric | Mean | 95 % CI | Cases | Missing | Errors | Not applicable |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        yield from map(_metric_row, telling[:_SHOWN_METRICS])
        yield ""
    if len(telling) > _SHOWN_METRICS:
        yield f"… and {len(telling) - _SHOWN_METRICS} more metrics."
        yield ""
    if idle := wording.idle_metrics(report.summary):
        yield for_markdown_text(f"No case asks for {excerpt(', '.join(idle), _IDLE_BYTES)}.")
        yield ""


def _metric_row(metric: MetricSummary) -> str:
    estimate = metric.estimate
    figures = (wording.mean_of(estimate), wording.interval_of(estimate), estimate.count)
    counts = (metric.missing, metric.errors, metric.not_applicable)
    name = for_markdown_cell(excerpt(wording.metric_name(metric), _CASE_ID_BYTES))
    return f"| {name} | {' | '.join(str(figure) for figure in (*figures, *counts))} |"


def _figures(report: Report) -> Iterator[str]:
    summary, manifest = report.summary, report.manifest
    if told := wording.safety_line(summary):
        yield f"**{for_markdown_text(excerpt(told, _IDLE_BYTES))}**"
        yield ""
    for corrected in report.corrected:
        yield for_markdown_text(excerpt(wording.corrected(corrected), _IDLE_BYTES))
        yield ""
    facts = [
        f"cost {wording.cost_of(report)}",
        f"tokens {wording.tokens(summary.tokens)}",
        f"latency {wording.latency_of(report)}",
    ]
    if summary.judge_cost.known or summary.judge_cost.unknown:
        facts.append(f"judge cost {wording.cost(summary.judge_cost)}")
    if summary.cached:
        facts.append(f"{summary.cached} answers from the cache")
    if summary.failures:
        facts.append(f"failures: {wording.failures(summary.failures)}")
    yield for_markdown_text(" · ".join(facts))
    yield ""
    trials = f" × {manifest.trials}" if manifest.trials > 1 else ""
    identity = (
        f"{manifest.agent.name} · {manifest.dataset.name} ({manifest.dataset.cases} cases{trials}, {manifest.dataset.fingerprint[:12]})"
    )
    yield for_markdown_text(excerpt(f"{identity} · run {manifest.run_id}", 1_000))


def _details(report: Report, room: int) -> str:
    """The folded blocks of as many cases as fit."""
    opening = "\n<details><summary>Input, expected and answer of the cases that did not pass</summary>\n\n"
    closing, reserve = "</details>\n", 100
    blocks: list[str] = []
    room -= _size(opening) + _size(closing) + reserve
    known = [detail for detail in report.details if detail.input or detail.expected or detail.answer]
    for detail in known:
        block = _detail_block(detail)
        if _size(block) > room:
            break
        room -= _size(block)
        blocks.append(block)
    if not blocks:
        return ""
    left = len(known) - len(blocks) + report.more
    rest = f"… and {left} more.\n\n" if left else ""
    return f"{opening}{''.join(blocks)}{rest}{closing}"


def _detail_block(detail: CaseDetail) -> str:
    lines = [f"**{for_markdown_text(excerpt(detail.result.case_id, _CASE_ID_BYTES))}**\n\n"]
    answer = f"Answer of trial {detail.trial}" if detail.result.planned_trials > 1 else "Answer"
    for label, text in (("Input", detail.input), ("Expected", detail.expected), (answer, detail.answer)):
        if text:
            lines.append(f"{label}:\n\n{for_markdown_fence(text, 'text')}\n")
    return "".join(lines)


def _size(text: str) -> int:
    return len(text.encode())
