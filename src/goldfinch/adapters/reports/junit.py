"""`junit.xml`: one test case per case, for the test views of CI systems.

The form is that of Jenkins' xunit plugin (`junit-10.xsd`), which GitHub, GitLab and Azure readers take too: a case that failed is a
`failure`, missing evidence is an `error`, an undecided case is `skipped`; none of them can look like a pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from goldfinch.core.escaping import for_xml
from goldfinch.core.results import wording
from goldfinch.core.results.case_result import CaseOutcome, CaseResult, TrialResult
from goldfinch.core.results.report import Report, excerpt
from goldfinch.ports.reporter import EveryCase

_ELEMENTS = {CaseOutcome.FAILED: "failure", CaseOutcome.ERROR: "error", CaseOutcome.UNDECIDED: "skipped"}
_REASON_BYTES = 1_000


@dataclass(frozen=True, slots=True)
class JUnitReporter:
    """Streams: a million cases take no more memory than ten. An incomplete run has one more test case, `run`, which is an error."""

    file_name: str = "junit.xml"

    def write(self, report: Report, every_case: EveryCase, out: TextIO) -> None:
        counts, manifest = _counts(report), report.manifest
        skipped = str(report.outcomes.get(CaseOutcome.UNDECIDED, 0))
        suite = _attributes(name=manifest.dataset.name, timestamp=manifest.started_at.removesuffix("Z"), **counts, skipped=skipped)
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write(f"<testsuites{_attributes(name=manifest.agent.name, **counts)}>\n")
        out.write(f"  <testsuite{suite}>\n    <properties>\n")
        for name, value in _properties(report):
            out.write(f"      <property{_attributes(name=name, value=value)}/>\n")
        out.write("    </properties>\n")
        if report.is_incomplete:
            out.write(_incomplete_case(report))
        for case in every_case():
            out.write(_test_case(manifest.dataset.name, case))
        out.write("  </testsuite>\n</testsuites>\n")


def _counts(report: Report) -> dict[str, str]:
    count, extra = report.outcomes, int(report.is_incomplete)
    return {
        "tests": str(sum(count.values()) + extra),
        "failures": str(count.get(CaseOutcome.FAILED, 0)),
        "errors": str(count.get(CaseOutcome.ERROR, 0) + extra),
        "time": _seconds((report.summary.wall_s or 0.0) * 1_000),
    }


def _properties(report: Report) -> Iterator[tuple[str, str]]:
    manifest = report.manifest
    yield "headline", wording.headline(report)
    yield "run_id", manifest.run_id
    yield "status", manifest.status.value
    yield "agent", f"{manifest.agent.name} {manifest.agent.version}"
    yield "dataset_fingerprint", manifest.dataset.fingerprint
    for metric in report.summary.metrics:
        estimate = metric.estimate
        mean = f"{wording.mean_of(estimate)} ({wording.interval_of(estimate)}), {estimate.count} cases"
        yield f"metric.{metric.name}", ", ".join([mean, *wording.notes_of(metric)])
    if safety := wording.safety_line(report.summary):
        yield "safety", safety


def _incomplete_case(report: Report) -> str:
    message = wording.incompleteness(report)
    opening = f"    <testcase{_attributes(classname='goldfinch', name='run', time='0.000')}>\n"
    return f"{opening}      <error{_attributes(message=message, type='incomplete')}/>\n    </testcase>\n"


def _test_case(suite: str, case: CaseResult) -> str:
    time = _seconds(sum(wording.known(trial.latency_ms) or 0.0 for trial in case.trials))
    opening = f"    <testcase{_attributes(classname=suite, name=case.case_id, time=time)}"
    body = _outcome(case) + _trials(case)
    return f"{opening}>\n{body}    </testcase>\n" if body else f"{opening}/>\n"


def _outcome(case: CaseResult) -> str:
    telling = case.telling_trial()
    element = _ELEMENTS.get(case.outcome)
    if element is None:
        return ""
    if telling is None:
        message, kind = f"only {len(case.trials)} of {case.planned_trials} trials are there", "unfinished"
    else:
        message, kind = _why(telling), telling.reasons[0].source if telling.reasons else ""
    attributes = _attributes(message=message) if element == "skipped" else _attributes(message=message, type=kind or case.outcome.value)
    return f"      <{element}{attributes}/>\n"


def _trials(case: CaseResult) -> str:
    """The trials, one a line, where there is more than one."""
    if case.planned_trials <= 1 and len(case.trials) <= 1:
        return ""
    lines = [f"{wording.trials_of(case)}\n"]
    lines += [f"trial {trial.trial}: {_verdict(trial)}\n" for trial in case.trials]
    return f"      <system-out>{for_xml(''.join(lines))}</system-out>\n"


def _verdict(trial: TrialResult) -> str:
    if trial.passed:
        return "passed"
    word = "failed" if trial.passed is False else "error" if trial.evidence_missing else "undecided"
    return f"{word}: {_why(trial)}"


def _why(trial: TrialResult) -> str:
    return excerpt("; ".join(wording.reason_text(reason) for reason in trial.reasons), _REASON_BYTES)


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{for_xml(value)}"' for name, value in values.items())


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1_000:.3f}"
