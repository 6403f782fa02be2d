"""A run as its reports show it: the summary, and the few cases worth reading, failures first. No format knows more than this."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING, Any

from goldfinch.core.output import Output
from goldfinch.core.results.case_result import CaseOutcome, CaseResult
from goldfinch.core.results.evidence import NO_EVIDENCE, Evidence
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.core.results.summary import Summary

if TYPE_CHECKING:
    from goldfinch.core.calibration.in_report import CorrectedMetric

EXCERPT_BYTES = 2_000
_IMPORTANCE = {outcome: rank for rank, outcome in enumerate(CaseOutcome)}
_FINISHED = (RunStatus.COMPLETE, RunStatus.REPLAYED, RunStatus.BOOTSTRAP)


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case that is shown, with excerpts of at most `EXCERPT_BYTES`; None where the text is not at hand.

    `answer` is that of the trial `trial`, which shows best why the case did not pass.
    """

    result: CaseResult
    trial: int
    input: str | None
    expected: str | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """`details` are the most important cases that did not pass; `more` of them are not shown. `outcomes` counts all cases seen.

    `evidence` is for formats that show more than that.
    """

    location: str
    manifest: Manifest
    summary: Summary
    outcomes: Mapping[CaseOutcome, int]
    details: tuple[CaseDetail, ...]
    more: int
    corrected: tuple[CorrectedMetric, ...] = ()
    """Judged metrics whose mean people's labels correct, where calibrations were given."""
    evidence: Evidence = NO_EVIDENCE

    @property
    def is_replayed(self) -> bool:
        """Whether recorded replies stood in for the models: the run says nothing about how they answer now."""
        return self.manifest.replayed_from is not None

    @property
    def is_incomplete(self) -> bool:
        """Whether something that was planned is not there: the run's figures are those of a part."""
        return self.manifest.status not in _FINISHED or self.summary.finished < self.summary.planned

    @property
    def incomplete_reason(self) -> str:
        """Why, in words; empty for a complete run."""
        if not self.is_incomplete:
            return ""
        if self.manifest.reason:
            return self.manifest.reason
        if self.manifest.status is RunStatus.RUNNING:
            return "the run is still going on, or was killed"
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.summary.failures.items()))
        return f"answers are missing ({kinds})" if kinds else "answers are missing"


def most_important(cases: Iterable[CaseResult], limit: int, outcomes: Counter[CaseOutcome]) -> list[CaseResult]:
    """The `limit` cases that did not pass and are most worth reading; counts every case in `outcomes`. Holds `limit` cases at the most.

    Failed before error before undecided, critical cases first, fewest passed trials first, then by id.
    """
    return nsmallest(limit, _not_passed(cases, outcomes), key=importance)


def _not_passed(cases: Iterable[CaseResult], outcomes: Counter[CaseOutcome]) -> Iterator[CaseResult]:
    for case in cases:
        outcome = case.outcome
        outcomes[outcome] += 1
        if outcome is not CaseOutcome.PASSED:
            yield case


def importance(case: CaseResult) -> tuple[int, bool, float, str]:
    """The less, the more worth reading: failed, error, undecided, passed; critical first, then fewest passed trials, then by id."""
    return _IMPORTANCE[case.outcome], not case.critical, case.passed_trials / max(len(case.trials), 1), case.case_id


def excerpt(value: Any, limit: int = EXCERPT_BYTES) -> str:
    """`value` as text of at most `limit` bytes of UTF-8: text as it is, anything else as JSON; says how much was left out."""
    text = value if isinstance(value, str) else _json(value)
    whole = text.encode("utf-8", "surrogatepass")
    if len(whole) <= limit:
        return text
    mark = f"… ({len(whole):,} bytes in all)"
    kept = whole[: limit - len(mark.encode())]
    while kept and kept[-1] & 0xC0 == 0x80:  # never end within a character
        kept = kept[:-1]
    if kept and kept[-1] >= 0xC0:
        kept = kept[:-1]
    return kept.decode("utf-8", "surrogatepass") + mark


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=1, default=repr)
    except RecursionError:
        return "(nested too deeply to be shown)"


def answer_excerpt(output: Output) -> str:
    """What the agent gave: its text, else its data, else how it failed."""
    if output.text is not None:
        return excerpt(output.text)
    if output.data is not None:
        return excerpt(output.data)
    if output.failure is not None:
        return excerpt(f"no answer: {output.failure.kind.value}: {output.failure.message}")
    return ""
