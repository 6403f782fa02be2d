"""A review in words. Everything is unescaped text in one line; who writes it escapes it for its sink."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from goldfinch.core.comparison.outcome import CaseChange, Change, MetricChange
from goldfinch.core.gates.outcome import Finding, GateOutcome
from goldfinch.core.quarantine.wording import reminder_lines, summary_line
from goldfinch.core.results import wording
from goldfinch.core.results.report import excerpt
from goldfinch.core.review import Review
from goldfinch.core.reviewing.figures import change_of
from goldfinch.core.verdict import Verdict

ICONS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.INCONCLUSIVE: "⚠️", Verdict.NEUTRAL: "⏭"}
_OPEN = "inconclusive: "
_REASONS = 3
_REASON_BYTES = 160
_NAMED = 3
_QUARANTINED = 5


def headline(review: Review) -> tuple[str, str]:
    """Icon, and `Evaluation: blocked — 2 regressed cases, safety 0.983 < 1.000`: the verdict and why."""
    if review.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        word = "blocked" if review.verdict is Verdict.FAIL else "inconclusive"
        return ICONS[review.verdict], f"Evaluation: {word} — {_joined(list(_reasons(review)))}"
    if review.is_replayed:
        return ICONS[Verdict.NEUTRAL], "Evaluation: replayed — recorded answers were shown, the agent was not asked"
    if not review.is_evaluated:
        return ICONS[Verdict.NEUTRAL], "Evaluation: not evaluated — the AI Quality Gate had nothing to decide"
    return ICONS[Verdict.PASS], f"Evaluation: passed — {_what_passed(review)}"


def result(outcome: GateOutcome) -> str:
    """`❌ fail`; an overridden failure stays one, and says so."""
    said = f"{ICONS[outcome.verdict]} {outcome.verdict.value}"
    return f"{said}, overridden" if outcome.override is not None else said


def breaches(review: Review) -> Iterator[tuple[GateOutcome, Finding]]:
    """Everything that a gate holds against the change: failures first, then open questions, each in the order of the gates."""
    for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        for outcome in review.gates:
            for finding in outcome.findings:
                if finding.verdict is verdict:
                    yield outcome, finding


def overrides(review: Review) -> Iterator[str]:
    """`Cost Gate overridden by Ada until 2026-12-01: price change, agreed`."""
    for outcome in review.gates:
        if (by := outcome.override) is not None:
            yield f"{outcome.gate.shown} overridden by {by.by} until {by.expires}: {by.reason}"


def notes(review: Review) -> tuple[str, ...]:
    """What a reviewer must know before the figures."""
    how = (review.how_to_run,) if review.how_to_run and not review.is_evaluated else ()
    said = (*how, *review.notes, *overrides(review), *reminder_lines(review.quarantined_cases))
    return (*said, *(note for note in _of_comparison(review) if not any(one.endswith(note) for one in said)))


def _of_comparison(review: Review) -> tuple[str, ...]:
    compared = review.comparison
    if compared is None:
        return ()
    if compared.baseline is None:
        return ("there is no baseline yet: nothing was compared", *compared.notes)
    return (*(f"not comparable: {why}" for why in compared.invalid), *compared.notes)


def quarantined(review: Review) -> str:
    """`quarantined …: refund-17 (ana, until 2026-12-24); passed less often now: refund-17 3/3 → 1/3`; empty without any."""
    cases = review.quarantined_cases
    if not cases:
        return ""
    shown = summary_line(cases, _QUARANTINED)
    fell = [case_change(case) for case in review.worse_in_quarantine[:_NAMED]]
    return f"{shown}; passed less often now: {', '.join(fell)}" if fell else shown


def base(review: Review) -> str:
    """`main@1a2b3c4`, `baseline` where nothing more is known; empty without one."""
    found = review.base
    if found is None:
        return ""
    commit = (found.head_sha or "")[:7]
    return "@".join(filter(None, (review.base_ref, commit))) or "baseline"


def case_change(case: CaseChange) -> str:
    """`refund-eu-017 3/3 → 0/3, accuracy 0.90→0.40, critical`: passed trials of the decided ones, before and now."""
    trials = f"{case.baseline_passed}/{case.baseline_trials} → {case.current_passed}/{case.current_trials}"
    moved = _moved_most(case)
    return ", ".join(filter(None, (f"{case.case_id} {trials}", moved, "critical" if case.critical else "")))


def metric_change(metric: MetricChange) -> str:
    """`accuracy −0.050 (95 % CI …), regressed`."""
    said = metric.change.value
    if metric.point_breach:
        said += ", worse by the margin or more, and the evidence does not carry it"
    elif metric.small_decline:
        said += ", a small true decline within the margin"
    return f"{metric.metric} {change_of(metric)}: {said}{'' if metric.gating else ' (does not decide)'}"


def moved_metrics(review: Review) -> tuple[MetricChange, ...]:
    """Metrics worth a line: regressed, worse without evidence, improved; gating ones first among equals."""
    if review.comparison is None:
        return ()
    rank = {Change.REGRESSED: 0, Change.INCONCLUSIVE: 1, Change.NO_CHANGE: 2, Change.IMPROVED: 3}
    moved = (Change.REGRESSED, Change.IMPROVED)
    telling = [one for one in review.comparison.metrics if one.change in moved or (one.gating and one.point_breach)]
    return tuple(sorted(telling, key=lambda one: (rank[one.change], not one.gating)))


def dataset_changes(review: Review) -> str:
    """`4 cases flaky · 2 added, 1 edited (judged in the base's version)`; empty where there is nothing to tell."""
    compared = review.comparison
    if compared is None:
        return ""
    once = sum(case.changed_once for case in compared.cases)
    facts = (
        ("flaky", len(compared.flaky)),
        ("changed once (one trial cannot tell a flip from a flake)", once),
        ("added", len(compared.added)),
        ("removed", len(compared.removed)),
        ("edited (judged in the base's version)", len(compared.edited)),
    )
    return " · ".join(f"{count:,} {what}" for what, count in facts if count)


def facts(review: Review) -> str:
    """`60 cases × 3 · judge v7 · $1.84 of $5.00 · 4.2 min · dataset 9f2e · run …`."""
    return " · ".join(excerpt(fact, 200) for fact in _facts(review) if fact)


def gate_counts(review: Review) -> str:
    """`all six gates passed`, or how many did and which had nothing to decide."""
    idle = [outcome.gate.shown for outcome in review.gates if outcome.verdict is Verdict.NEUTRAL]
    if not idle:
        return "all six gates passed"
    return f"{len(review.gates.outcomes) - len(idle)} of 6 gates passed, nothing to decide for {', '.join(idle)}"


def false_alarms(review: Review) -> str:
    """`false alarms among the AI Quality Gate's blocks so far: 1.4 %, 95 % CI 0.4–4.0, n 140`."""
    rate = review.false_alarms
    if rate is None:
        return ""
    return f"false alarms among the AI Quality Gate's blocks so far: {wording.percent(rate)}, n {rate.count}"


def reproduce(review: Review) -> str:
    """The command that shows the worst finding again; empty where no case stands for it."""
    cases = (*review.regressed_cases, *review.worse_cases)
    if review.reproduce or not cases:
        return review.reproduce
    return f"uvx --from goldfinch-ci goldfinch evaluate --case {quote(cases[0].case_id)}"


def _reasons(review: Review) -> Iterator[str]:
    if cases := review.regressed_cases:
        critical = sum(case.critical for case in cases)
        yield f"{_counted(len(cases), 'regressed case')}{f' ({critical} critical)' if critical else ''}"
    compared = review.comparison
    if compared is not None and compared.regressed:
        names = ", ".join(excerpt(name, 60) for name in compared.regressed[:_NAMED])
        yield f"{_counted(len(compared.regressed), 'regressed metric')} ({names}{', …' if len(compared.regressed) > _NAMED else ''})"
    for outcome, finding in breaches(review):
        if outcome.override is None:
            yield excerpt(finding.text.removeprefix(_OPEN), _REASON_BYTES)
    yield from (f"{outcome.gate.shown}: no data" for outcome in review.gates if not outcome.findings)
    yield from _open_comparison(review)


def _open_comparison(review: Review) -> Iterator[str]:
    compared = review.comparison
    if compared is None or compared.verdict is not Verdict.INCONCLUSIVE:
        return
    yield from (excerpt(f"not comparable: {why}", _REASON_BYTES) for why in compared.invalid)
    for metric in compared.metrics:
        if metric.gating and metric.point_breach:
            yield excerpt(f"{metric.metric} {change_of(metric)}, not proven", _REASON_BYTES)


def _joined(reasons: list[str]) -> str:
    shown, left = reasons[:_REASONS], len(reasons) - _REASONS
    return ", ".join(shown) + (f", and {left:,} more" if left > 0 else "")


def _what_passed(review: Review) -> str:
    parts = [wording.pass_rate(review.summary)] if review.summary is not None else []
    overridden = sum(outcome.override is not None for outcome in review.gates)
    if overridden:
        parts.append(f"{_counted(overridden, 'gate')} overridden")
    if review.is_green_and_unchanged:
        parts.append(f"no change against {base(review)}")
    return ", ".join([*parts, gate_counts(review)] if not overridden else parts)


def _moved_most(case: CaseChange) -> str:
    falls = [
        (was - now, name, was, now)
        for name, (was, now) in case.metrics.items()
        if was is not None and now is not None and wording.known(was) is not None and wording.known(now) is not None
    ]
    if not falls:
        return ""
    _, name, was, now = max(falls, key=lambda fall: (abs(fall[0]), fall[1]))
    return f"{excerpt(name, 60)} {was:.2f}→{now:.2f}" if was != now else ""


def _facts(review: Review) -> Iterator[str]:
    summary = review.summary
    if summary is not None:
        yield f"{summary.cases:,} cases × {review.trials}"
    if review.quarantined_cases:
        yield f"{len(review.quarantined_cases):,} quarantined"
    if review.judge:
        yield f"judge {review.judge}"
    if summary is not None:
        spent = wording.cost(summary.cost)
        if summary.judge_cost.known or summary.judge_cost.unknown:
            spent += f", judge {wording.cost(summary.judge_cost)}"
        yield f"cost {spent}" if review.budget_usd is None else f"cost {spent}, of at most {wording.usd(review.budget_usd)}"
        yield wording.milliseconds(summary.wall_s * 1000) if summary.wall_s else ""
    if review.run is not None:
        yield f"dataset {review.run.dataset_fingerprint[:12]}"
        yield f"commit {review.run.head_sha[:7]}" if review.run.head_sha else ""
    yield f"run {review.run_id}" if review.run_id else ""


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
