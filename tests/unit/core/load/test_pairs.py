"""Alternating pairs: the rule of STATISTICS A3, by hand, by simulation, and on real noise of cloud machines."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise
from math import log
from pathlib import Path
from random import Random
from statistics import fmean, median

import pytest

from goldfinch.core.load.pairs import (
    PairedChange,
    judge_pairs,
    log_ratio,
    margin_for,
    needs_more,
    order_of,
    verdict_of,
)
from goldfinch.core.verdict import Verdict

MARGIN = 0.05
SERIES = {
    "Redis D8s_v5": ("Redis", "D8s_v5"),
    "PostgreSQL D8s_v5": ("PostgreSQL", "D8s_v5"),
}


def test_the_sides_alternate_so_that_a_drift_favours_neither() -> None:
    flat = [side for pair in range(4) for side in order_of(pair)]
    assert flat == ["baseline", "current", "current", "baseline"] * 2


def test_more_time_and_fewer_requests_are_worse() -> None:
    assert log_ratio(100, 110) > 0
    assert log_ratio(100, 110, higher_is_better=True) < 0


def test_a_clear_slowdown_is_regressed() -> None:
    (metric,) = judge_pairs({"p95": [0.20, 0.21, 0.19, 0.22, 0.20]}, MARGIN)
    assert metric.change is PairedChange.REGRESSED
    assert metric.ratio == pytest.approx(1.2263, abs=1e-4)
    assert verdict_of([metric]) is Verdict.FAIL


def test_a_certain_slowdown_within_the_margin_is_not_worse() -> None:
    (metric,) = judge_pairs({"p95": [0.02, 0.021, 0.019, 0.022, 0.02]}, MARGIN)
    assert metric.p_worse < 0.01
    assert metric.change is PairedChange.NOT_WORSE


def test_a_large_difference_in_noise_is_inconclusive_and_asks_for_more_pairs() -> None:
    metrics = judge_pairs({"p95": [0.4, -0.2, 0.5, -0.1, 0.1]}, MARGIN)
    assert metrics[0].change is PairedChange.INCONCLUSIVE
    assert needs_more(metrics, 5)
    assert not needs_more(metrics, 30)
    assert verdict_of(metrics) is Verdict.INCONCLUSIVE


def test_p_values_are_adjusted_over_the_metrics() -> None:
    values = [0.10, 0.02, 0.14, 0.09, 0.05, 0.12]
    alone = judge_pairs({"p50": values}, MARGIN)[0]
    both = judge_pairs({"p50": values, "p95": [0.5, -0.5, 0.3, -0.2, 0.1, 0.0]}, MARGIN)[0]
    assert both.p_worse == alone.p_worse
    assert both.p_worse_adjusted == pytest.approx(2 * alone.p_worse)


def test_equal_runs_are_not_worse_and_not_a_division_by_zero() -> None:
    assert judge_pairs({"p95": [0.0] * 5}, MARGIN)[0].change is PairedChange.NOT_WORSE


def test_fewer_than_five_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer than 5"):
        judge_pairs({"p95": [0.0] * 4}, MARGIN)


def test_the_margin_is_twice_the_noise_where_that_is_more() -> None:
    assert margin_for(0.05) == 0.05
    assert margin_for(0.05, [0.01, 0.02]) == 0.05
    assert margin_for(0.05, [0.01] * 18 + [-0.04, 0.2]) == pytest.approx(0.08)  # the 95th percentile: the 19th of 20


def test_no_metric_is_no_verdict() -> None:
    assert verdict_of(()) is Verdict.INCONCLUSIVE


def test_equal_builds_are_seldom_called_regressed_and_a_true_slowdown_often() -> None:
    source = Random(8)

    def regressed(shift: float) -> int:
        runs = ({name: [shift + source.gauss(0, 0.06) for _ in range(10)] for name in ("p50", "p95", "rps")} for _ in range(400))
        return sum(verdict_of(judge_pairs(run, MARGIN)) is Verdict.FAIL for run in runs)

    assert regressed(0.0) <= 4
    assert regressed(log(1.15)) >= 360


def series(folder: Path, name: str, sku: str) -> list[list[float]]:
    """Throughput of one benchmark on each machine of a kind, in the order of time."""
    by_machine = defaultdict(list)
    with (folder / "series" / "azure_vm_noise_westus2.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row["benchmark"].startswith(name) and row["sku"] == sku:
                by_machine[row["benchmark"], row["vm"]].append((row["ts"], row["value"]))
    return [[value for _, value in sorted(values)] for _, values in sorted(by_machine.items())]


def against_itself(values: list[float], pairs: int) -> list[list[float]]:
    """Log ratios of every window of consecutive runs, taken in alternation as if half of them were another build."""
    windows = []
    for start in range(len(values) - 2 * pairs + 1):
        errors = []
        for pair in range(pairs):
            one, other = values[start + 2 * pair : start + 2 * pair + 2]
            baseline, current = (one, other) if order_of(pair)[0] == "baseline" else (other, one)
            errors.append(log_ratio(baseline, current, higher_is_better=True))
        windows.append(errors)
    return windows


@pytest.mark.parametrize("kind", list(SERIES))
@pytest.mark.parametrize("pairs", [5, 10])
def test_on_real_noise_of_cloud_machines_the_rule_has_no_false_alarm(shared_data: Path, kind: str, pairs: int) -> None:
    """STATISTICS A3: one and the same software, run after run on one machine, in alternation with itself: 0.000.

    The noise that widens the margin is that of the other machines, as past runs would tell it.
    """
    machines = [against_itself(values, pairs) for values in series(shared_data, *SERIES[kind])]
    alarms = comparisons = 0
    for number, windows in enumerate(machines):
        past = [fmean(errors) for other, found in enumerate(machines) if other != number for errors in found]
        margin = margin_for(MARGIN, past)
        judged = [judge_pairs({"rps": errors}, margin)[0].change for errors in windows]
        comparisons += len(judged)
        alarms += judged.count(PairedChange.REGRESSED)
    assert comparisons > 800
    assert alarms == 0


@pytest.mark.parametrize(("kind", "table"), [("Redis D8s_v5", 0.21), ("PostgreSQL D8s_v5", 0.004)])
def test_one_run_against_one_raises_the_false_alarms_of_the_table(shared_data: Path, kind: str, table: float) -> None:
    """The plain comparison on the same data, so that the zeros above are the rule's doing and not the data's."""
    machines = series(shared_data, *SERIES[kind])
    worse = [later / earlier < 1 / 1.05 for values in machines for earlier, later in pairwise(values)]
    assert sum(worse) / len(worse) == pytest.approx(table, abs=0.02)


def test_medians_of_interleaved_runs_still_raise_some(shared_data: Path) -> None:
    found = [
        median(values[start + 1 : start + 10 : 2]) / median(values[start : start + 10 : 2]) < 1 / 1.05
        for values in series(shared_data, *SERIES["Redis D8s_v5"])
        for start in range(len(values) - 9)
    ]
    assert sum(found) / len(found) == pytest.approx(0.05, abs=0.03)
