"""How single cases changed: flaky ones, regressed and fixed ones. Source: STATISTICS B, "Flaky cases and per-case alarms"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from goldfinch.core.comparison.options import CompareOptions
from goldfinch.core.comparison.outcome import CaseChange, CaseState
from goldfinch.core.comparison.pairing import Pairing
from goldfinch.core.comparison.quarantined import NONE_HELD, Held
from goldfinch.core.comparison.run_table import RunTable
from goldfinch.core.statistics.case_changes import CaseTests, changes_by_case
from goldfinch.core.statistics.columns import true_positions
from goldfinch.core.statistics.flakiness import FLAKY_FROM
from goldfinch.core.statistics.paired_columns import PairedColumns, PassCounts


@dataclass(frozen=True, slots=True)
class Cases:
    """`critical_lost`: there are critical cases that are not excused, and each of them is lost for certain."""

    shown: tuple[CaseChange, ...]
    changed: int
    unchanged: int
    flaky: tuple[str, ...]
    critical_lost: bool
    held: Held = NONE_HELD


def critical_cases(pairing: Pairing, baseline: RunTable, current: RunTable, options: CompareOptions) -> frozenset[int]:
    """Common cases that are critical in either run: dropping the mark with the change under test does not help."""
    found: set[int] = set()
    for run, places in ((baseline, pairing.baseline), (current, pairing.current)):
        marked = {tags for tags in set(run.tags) if not options.critical_tags.isdisjoint(tags)}
        if run.critical or marked:
            found.update(number for number, place in enumerate(places) if place in run.critical or run.tags[place] in marked)
    return frozenset(found)


def case_changes(
    pairing: Pairing,
    counts: PassCounts,
    *,
    critical: frozenset[int],
    tags: Sequence[tuple[str, ...]],
    metrics: Mapping[str, PairedColumns],
    options: CompareOptions,
    held: Held = NONE_HELD,
) -> Cases:
    """The cases to show, regressed ones first; `tags` of the current run by place, `metrics` by common case."""
    tests = changes_by_case(counts)
    ordered = sorted(critical)
    counting = sorted(critical - held.excused)
    regressed = tests.regressed(options.false_discovery_rate, ordered)
    chosen = tests.most_important(regressed, ordered, options.shown_cases)
    return Cases(
        shown=tuple(
            CaseChange(
                case_id=pairing.ids[number],
                tags=tags[pairing.current[number]],
                critical=number in critical,
                regressed=bool(regressed[number]),
                metrics={name: values.at(number) for name, values in metrics.items()},
                quarantined=number in held.excused,
                **_trials(number, counts, tests, options),
            )
            for number in chosen
        ),
        changed=len(true_positions(tests.changed)),
        unchanged=tests.unchanged,
        flaky=tuple(sorted(pairing.ids[number] for number in true_positions(tests.flaky))),
        critical_lost=bool(counting) and all(bool(tests.certain_loss[number]) for number in counting),
        held=held,
    )


def _trials(number: int, counts: PassCounts, tests: CaseTests, options: CompareOptions) -> dict[str, Any]:
    passed_before, trials_before, passed, trials = counts.at(number)
    p_worse, p_better = float(tests.p_worse[number]), float(tests.p_better[number])
    return {
        "baseline_passed": passed_before,
        "baseline_trials": trials_before,
        "current_passed": passed,
        "current_trials": trials,
        "baseline_state": state_of(passed_before, trials_before),
        "current_state": state_of(passed, trials),
        "fixed": p_better <= options.false_discovery_rate,
        "changed_once": min(trials_before, trials) == 1 and bool(tests.changed[number]),
        "p_worse": None if isnan(p_worse) else p_worse,
    }


def state_of(passed: int, trials: int) -> CaseState:
    """How a case did over its decided trials."""
    if trials and passed == trials:
        return CaseState.PASSES
    if trials and passed == 0:
        return CaseState.FAILS
    return CaseState.FLAKY if trials >= FLAKY_FROM else CaseState.UNDECIDED
