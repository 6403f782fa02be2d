"""What the page of a comparison holds of each case that changed: one answer of each version, side by side, and how it came about.

Everything here was through `text`: cut, and without what could act or deceive on a screen. `html/changes/*.js` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from goldfinch.core.comparison.outcome import CaseChange, CaseState, Comparison
from goldfinch.core.comparison.step_diff import Step, paired_steps
from goldfinch.core.comparison.wording import case_line, is_lost
from goldfinch.core.escaping import for_json_in_html
from goldfinch.core.results.capped import CappedCases
from goldfinch.core.results.case_result import case_result
from goldfinch.core.results.case_view import MAX_ITEMS, answer_details, golden_details, text, trial_details
from goldfinch.core.results.evidence import Evidence
from goldfinch.core.results.records import ScoreRecord
from goldfinch.core.results.wording import known

ISLAND_BYTES = 10_000_000
CASE_BYTES = 400_000
SHOWN_METRICS = 60
_NAME_BYTES = 200


@dataclass(frozen=True, slots=True)
class ChangedCase:
    """A case in the page: two JSON texts without `<`, `>` and `&`."""

    row: str
    details: str


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """`total` cases changed, of which `cases` are in the page: the most important ones, as many as fit."""

    metrics: tuple[str, ...]
    cases: tuple[ChangedCase, ...]
    total: int


def comparison_view(
    comparison: Comparison, was: Sequence[Evidence], now: Sequence[Evidence], limit_bytes: int = ISLAND_BYTES
) -> ComparisonView:
    """Read the records of all runs behind each side once or twice; hold what is kept and nothing else."""
    metrics = tuple(dict.fromkeys(name for case in comparison.cases for name in case.metrics))[:SHOWN_METRICS]
    kept = CappedCases(limit_bytes, CASE_BYTES)
    for place, case in enumerate(comparison.cases):
        if kept.takes((place,)):
            kept.add(case.case_id, "", (place,), row=_json(_row(case, metrics)))
    wanted = {case.case_id: case for case in comparison.cases if kept.holds(case.case_id, "")}
    sides = {side: _Side(wanted, evidence, before=side == "was") for side, evidence in (("was", was), ("now", now))}
    for case_id in wanted:
        _attach(kept, case_id, sides)
    for golden in _golden(wanted, sides, now):
        kept.attach(golden[0], "golden", golden[1])
    cases = tuple(ChangedCase(case.texts["row"], _details(case.texts, case.left_out)) for case in kept.best_first())
    return ComparisonView(metrics, cases, len(comparison.cases))


def kind_of(case: CaseChange) -> str:
    """One word for what became of a case: `regressed` and `fixed` are certain, `worse` and `better` may be chance."""
    if case.regressed:
        return "regressed"
    if case.fixed:
        return "fixed"
    if is_lost(case):
        return "worse"
    if case.current_passed * case.baseline_trials > case.baseline_passed * case.current_trials:
        return "better"
    return "flaky" if CaseState.FLAKY in (case.baseline_state, case.current_state) else "same"


def _row(case: CaseChange, metrics: Sequence[str]) -> dict[str, Any]:
    return {
        "id": text(case.case_id, _NAME_BYTES),
        "kind": kind_of(case),
        "flaky": CaseState.FLAKY in (case.baseline_state, case.current_state),
        "critical": case.critical,
        "quarantined": case.quarantined,
        "tags": [text(tag, _NAME_BYTES) for tag in case.tags[:MAX_ITEMS]],
        "was": [case.baseline_passed, case.baseline_trials],
        "now": [case.current_passed, case.current_trials],
        "means": [[known(value) for value in case.metrics.get(name, (None, None))] for name in metrics],
        "line": text(case_line(case)),
    }


@dataclass(slots=True)
class _Chosen:
    """One answer of a case on one side: of which run and trial, and what was made of it."""

    run: int
    trial: int
    case_hash: str
    shown: dict[str, Any]
    verdicts: str = ""
    answer: dict[str, Any] | None = None


@dataclass(slots=True)
class _Side:
    """The chosen answers of one side: one that shows the change, where there is one."""

    wanted: Mapping[str, CaseChange]
    evidence: Sequence[Evidence]
    before: bool
    chosen: dict[str, _Chosen] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for number, evidence in enumerate(self.evidence):
            for trials in evidence.trials_by_case():
                if trials[0].case_id in self.wanted:
                    self._choose(number, trials)
            for record in evidence.outputs():
                found = self.chosen.get(record.case_id)
                if found is not None and (found.run, found.trial) == (number, record.trial):
                    found.answer = answer_details(record)

    def _choose(self, number: int, trials: Sequence[ScoreRecord]) -> None:
        case = self.wanted[trials[0].case_id]
        telling = is_lost(case) is self.before  # a case that got worse: was passed, is failed
        result = case_result(trials)
        best = next((place for place, record in enumerate(trials) if record.passed is telling), None)
        found = self.chosen.get(case.case_id)
        if found is None or (best is not None and found.shown["verdict"] != ("p" if telling else "f")):
            place = best or 0
            shown = trial_details(result.trials[place], trials[place])
            verdicts = "" if found is None else found.verdicts
            self.chosen[case.case_id] = found = _Chosen(number, trials[place].trial, trials[place].case_hash, shown, verdicts)
        found.verdicts += "".join(
            "p" if one.passed else "f" if one.passed is False else "e" if one.evidence_missing else "u" for one in result.trials
        )


def _attach(kept: CappedCases, case_id: str, sides: Mapping[str, _Side]) -> None:
    chosen = {name: side.chosen.get(case_id) for name, side in sides.items()}
    for name, one in chosen.items():
        if one is not None:
            kept.attach(case_id, name, _json({**one.shown, "verdicts": one.verdicts[:MAX_ITEMS], "answer": one.answer}))
    steps = [[_step(step) for step in (one.answer or {}).get("steps", ())] if one is not None else [] for one in chosen.values()]
    kept.attach(case_id, "pairs", _json(paired_steps(*steps)))


def _golden(wanted: Mapping[str, CaseChange], sides: Mapping[str, _Side], now: Sequence[Evidence]) -> Iterator[tuple[str, str]]:
    """Input and expectation of the cases as they were asked, where the dataset still has them."""
    hashes = {case_id: chosen.case_hash for case_id, chosen in sides["now"].chosen.items()}
    if now:
        for case in now[0].cases(lambda case_id, case_hash: hashes.get(case_id) == case_hash and case_id in wanted):
            yield case.case_id, _json(golden_details(case))


def _step(step: Mapping[str, Any]) -> Step:
    kind = ",".join([step["role"], *(call["name"] for call in step.get("calls", ()))])
    return kind, json.dumps(step, ensure_ascii=False, sort_keys=True)


def _details(texts: Mapping[str, str], left_out: int) -> str:
    parts = ",".join(f'"{name}":{texts.get(name, "null")}' for name in ("golden", "was", "now", "pairs"))
    return f'{{{parts},"leftOut":{left_out}}}'


def _json(value: Any) -> str:
    return for_json_in_html(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
