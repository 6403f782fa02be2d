"""Compare two runs: everything that a report, a gate and an exit code say about a change. Source of every rule: STATISTICS B."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from goldfinch.core.comparison.cases import Cases, case_changes, critical_cases
from goldfinch.core.comparison.measured import Measuring, Run
from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import Change, Comparison, MetricChange, RunReference
from goldfinch.core.comparison.pairing import Pairing, pair
from goldfinch.core.comparison.quarantined import excused_alone, held_cases
from goldfinch.core.comparison.run_table import MEASURES, PASS_RATE
from goldfinch.core.comparison.same_terms import is_decisive, why_judges_differ
from goldfinch.core.comparison.tagged import Figure, cases_by_tag, slices
from goldfinch.core.comparison.verdicts import Circumstances, judge
from goldfinch.core.gates.policy import SAFETY
from goldfinch.core.results.manifest import Manifest, RunStatus


def reference(manifest: Manifest, location: str) -> RunReference:
    """Which run, told by its manifest."""
    agent = f"{manifest.agent.name} {manifest.agent.version}".strip()
    return RunReference(manifest.run_id, manifest.started_at, agent, manifest.revision.head_sha, manifest.dataset.fingerprint, location)


def nothing_to_compare_with(current: Manifest, location: str, note: str) -> Comparison:
    """There is no baseline yet: neutral."""
    return Comparison(None, reference(current, location), (), {}, (), 0, (), (), (), (), notes=(note,))


def compare(baseline: Run, current: Run, options: CompareOptions) -> Comparison:
    """Compare the cases that both runs have. Neither the order of the records nor that of the cases matters."""
    pairing = pair(baseline.table, current.table)
    measuring = Measuring(baseline, current, pairing, options)
    figures = list(measuring.figures())
    tags, more_tags = cases_by_tag(pairing, current.table, options.shown_tags)
    cases = _cases(baseline, current, measuring, figures, options)
    about = Circumstances(cases.critical_lost, excused_alone(cases.held, figures, options))
    metrics = judge([measured for measured, _ in figures], options, about)
    notes = [*_notes(baseline, current, measuring), *_left_out(cases, more_tags)]
    compared = Comparison(
        baseline=reference(baseline.manifest, baseline.location),
        current=reference(current.manifest, current.location),
        metrics=metrics,
        slices=slices(tags, figures, options),
        cases=cases.shown,
        unchanged=cases.unchanged,
        added=pairing.added,
        removed=pairing.removed,
        edited=pairing.edited,
        flaky=cases.flaky,
        invalid=tuple(_why_invalid(baseline, current, pairing, figures, options)),
        notes=tuple(notes),
        replayed=tuple(run.side for run in (baseline, current) if run.manifest.status is RunStatus.REPLAYED),
        quarantined=cases.held.cases,
    )
    return _without_verdicts(compared) if compared.invalid else compared


def _without_verdicts(compared: Comparison) -> Comparison:
    """The figures stay, to look at; nothing is concluded from them."""
    return replace(
        compared,
        metrics=tuple(map(_undecided, compared.metrics)),
        slices={tag: tuple(map(_undecided, changes)) for tag, changes in compared.slices.items()},
        cases=tuple(replace(case, regressed=False, fixed=False) for case in compared.cases),
    )


def _undecided(one: MetricChange) -> MetricChange:
    return replace(one, change=Change.INCONCLUSIVE, small_decline=False, reason=one.reason or "the runs cannot be compared")


def _cases(baseline: Run, current: Run, measuring: Measuring, figures: Sequence[Figure], options: CompareOptions) -> Cases:
    scores = {measured.name: values for measured, values in figures if values is not None and measured.name in measuring.common_metrics}
    pairing = measuring.pairing
    held = held_cases(pairing, baseline.table, current.table, scores.get(SAFETY), options)
    if any(measured.name == PASS_RATE and measured.reason for measured, _ in figures):
        return Cases((), 0, 0, (), critical_lost=False, held=held)  # "passed" does not mean the same in both
    critical = critical_cases(pairing, baseline.table, current.table, options)
    tags = current.table.tags
    return case_changes(pairing, measuring.counts, critical=critical, tags=tags, metrics=scores, options=options, held=held)


def _why_invalid(baseline: Run, current: Run, pairing: Pairing, figures: Sequence[Figure], options: CompareOptions) -> Iterator[str]:
    """Everything that forbids a verdict, in words."""
    for run in (baseline, current):
        if run.manifest.status is RunStatus.RUNNING:
            yield f"the {run.side} run did not end: it is under way, or was killed; give the same 'goldfinch evaluate' again to finish it"
        if (share := run.missing_verdicts) > options.missing_allowed:
            yield f"{share:.1%} of the answers or verdicts of the {run.side} run are missing, more than {options.missing_allowed:.0%}"
    if judges := why_judges_differ(baseline.manifest, current.manifest):
        yield f"{judges}; {_rescore(baseline)}"
    if not pairing.ids:
        yield "no case is in both runs in the same version"
        return
    for one in (measured for measured, _ in figures if measured.gating and measured.reason):
        if one.name != PASS_RATE or _has_deciding_metric(baseline, current):
            yield f"{one.name} cannot be compared: {one.reason}{'' if 'missing' in one.reason else f'; {_rescore(baseline)}'}"
    if not any(measured.gating and measured.values is not None and measured.values.count for measured, _ in figures):
        yield "no metric that decides was measured in both runs"


def _has_deciding_metric(baseline: Run, current: Run) -> bool:
    return any(is_decisive(metric) for run in (baseline, current) for metric in run.manifest.metrics)


def _rescore(baseline: Run) -> str:
    """The command that puts both runs on equal terms; the answers of the baseline are stored, so it costs judging at most."""
    return f"score the baseline on the same terms: goldfinch score {baseline.location or 'BASELINE'}"


def _notes(baseline: Run, current: Run, measuring: Measuring) -> Iterator[str]:
    for run in (baseline, current):
        if run.manifest.status is RunStatus.REPLAYED:
            yield f"the {run.side} run was replayed from recordings: no model was asked"
        if run.manifest.status is RunStatus.INCOMPLETE:
            yield f"the {run.side} run is incomplete: {run.manifest.reason or 'answers are missing'}"
    for name in measuring.one_sided_metrics:
        yield f"{name} is in one of the runs only and was not compared"
    for name in MEASURES:
        if any(metric.name == name for metric in (*baseline.manifest.metrics, *current.manifest.metrics)):
            yield f"a scorer is called {name}: the measured {name} was not compared"


def _left_out(cases: Cases, more_tags: int) -> Iterator[str]:
    if (more := cases.changed - len(cases.shown)) > 0:
        yield f"{more:,} more cases changed"
    if more_tags:
        yield f"{more_tags:,} more tags with fewer cases"
