"""What the HTML page holds of a run, decided while the run streams by: all figures, and as many cases as fit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from goldfinch.core.escaping import for_json_in_html
from goldfinch.core.results.capped import CappedCases, Rank
from goldfinch.core.results.case_result import CaseOutcome, CaseResult, case_result
from goldfinch.core.results.case_view import answer_details, golden_details, row, trial_details
from goldfinch.core.results.distributions import Distribution, Distributions
from goldfinch.core.results.evidence import Evidence
from goldfinch.core.results.records import ScoreRecord
from goldfinch.core.results.report import importance

ISLAND_BYTES = 10_000_000
"""The most that the data of a page may take; beyond it a browser no longer opens the page at once."""
CASE_BYTES = 400_000
SHOWN_METRICS = 60


@dataclass(frozen=True, slots=True)
class PageCase:
    """A case in the page: two JSON texts without `<`, `>` and `&`."""

    row: str
    details: str


@dataclass(frozen=True, slots=True)
class PageView:
    """`metrics` are in the order of the rows' `means`. The counts are over all cases, and over those that are in the page."""

    metrics: tuple[str, ...]
    distributions: Mapping[str, Distribution]
    cases: tuple[PageCase, ...]
    total: int
    total_open: int
    """Cases that did not pass."""
    shown_open: int

    @property
    def is_whole(self) -> bool:
        """Whether every case is in the page."""
        return len(self.cases) == self.total

    @property
    def selection(self) -> str:
        """`1,203 of 5,000 cases: all that did not pass, and a sample of those that did`; empty where all are there."""
        if self.is_whole:
            return ""
        shown = f"{len(self.cases):,} of {self.total:,} cases"
        if self.shown_open < self.total_open:
            return f"{shown}: the {self.shown_open:,} most important of {self.total_open:,} that did not pass"
        if len(self.cases) == self.shown_open:
            return f"{shown}: all that did not pass"
        return f"{shown}: all {self.total_open:,} that did not pass, and a sample of those that did"


def page_view(evidence: Evidence, metrics: Sequence[str], limit_bytes: int = ISLAND_BYTES) -> PageView:
    """Read scores, answers and golden cases once each; hold what is kept and nothing else."""
    making = _Making(metrics[:SHOWN_METRICS], limit_bytes)
    for trials in evidence.trials_by_case():
        making.add(trials)
    for record in evidence.outputs():
        if making.kept.holds(record.case_id, record.case_hash):
            making.kept.attach(record.case_id, f"answer {record.trial}", _json(answer_details(record)))
    for case in evidence.cases(making.kept.holds):
        making.kept.attach(case.case_id, "golden", _json(golden_details(case)))
    return making.view()


class _Making:
    """A view while it is made."""

    def __init__(self, metrics: Sequence[str], limit_bytes: int) -> None:
        self._places = {name: place for place, name in enumerate(dict.fromkeys(metrics))}
        self._distributions = Distributions()
        self._total = self._total_open = 0
        self.kept = CappedCases(limit_bytes, CASE_BYTES)

    def add(self, trials: Sequence[ScoreRecord]) -> None:
        case = case_result(trials)
        self._total += 1
        self._total_open += case.outcome is not CaseOutcome.PASSED
        self._distributions.add(trials)
        rank = _rank(case)
        if self.kept.takes(rank):
            self.kept.add(case.case_id, case.case_hash, rank, row=_json(row(case, trials, self._places)))
            for result, record in zip(case.trials, trials, strict=True):
                self.kept.attach(case.case_id, f"trial {record.trial}", _json(trial_details(result, record)))

    def view(self) -> PageView:
        kept = list(self.kept.best_first())
        return PageView(
            metrics=tuple(self._places),
            distributions=self._distributions.by_metric,
            cases=tuple(PageCase(case.texts["row"], _details(case.texts, case.left_out)) for case in kept),
            total=self._total,
            total_open=self._total_open,
            shown_open=sum(case.rank[0] != _PASSED for case in kept),
        )


_PASSED = len(CaseOutcome)


def _rank(case: CaseResult) -> Rank:
    """The most important first; those that passed in an order that is as good as random, so that any first part of it is a sample."""
    if case.outcome is CaseOutcome.PASSED:
        return _PASSED, crc32(case.case_id.encode("utf-8", "surrogatepass")), case.case_id
    return importance(case)


def _details(texts: Mapping[str, str], left_out: int) -> str:
    """The texts of a case joined to one object, in the order of its trials."""
    golden = texts.get("golden", "null")
    trials = ",".join(text for name, text in texts.items() if name.startswith("trial "))
    answers = ",".join(f'"{name.removeprefix("answer ")}":{text}' for name, text in texts.items() if name.startswith("answer "))
    return f'{{"golden":{golden},"trials":[{trials}],"answers":{{{answers}}},"leftOut":{left_out}}}'


def _json(value: Any) -> str:
    return for_json_in_html(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
