from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from goldfinch.core.results.history import History, HistoryRun, history, history_run
from goldfinch.core.results.summary import Estimate
from tests.run_histories import finished_run


def runs(*rates: float, seed: int = 3) -> list[HistoryRun]:
    random = Random(seed)
    return [history_run(*finished_run(number, rate, random)) for number, rate in enumerate(rates)]


def changes(found: History) -> dict[str, list[int]]:
    return {metric.metric: [change.at for change in metric.changes] for metric in found.metrics if metric.changes}


def test_a_drop_is_found_in_the_metrics_that_dropped_and_described_with_counts_and_intervals() -> None:
    found = history(runs(*[0.95] * 15, *[0.7] * 10))
    assert changes(found) == {"pass_rate": [15], "accuracy": [15]}
    (change,) = found.metrics[1].changes
    assert change.run_id == found.runs[15].run_id
    assert (change.before.count, change.after.count) == (15, 10)
    assert change.before.low is not None
    assert change.before.mean is not None
    assert change.before.high is not None
    assert change.before.low < change.before.mean < change.before.high
    assert change.before.mean == pytest.approx(0.95, abs=0.01)


def test_runs_are_put_in_the_order_of_time_and_counted_once() -> None:
    made = runs(0.9, 0.8, 0.7)
    found = history([made[2], made[0], made[1], made[0]])
    assert [run.run_id for run in found.runs] == [run.run_id for run in made]


def test_another_dataset_is_no_change_of_the_agent() -> None:
    made = runs(*[0.95] * 12, *[0.7] * 12)
    other = [replace(run, terms=dict.fromkeys(run.terms, "another dataset")) for run in made[12:]]
    found = history([*made[:12], *other])
    assert changes(found) == {}
    assert {metric.breaks for metric in found.metrics} == {(12,)}


def test_a_metric_that_some_runs_lack_keeps_its_places() -> None:
    made = runs(*[0.9] * 6)
    partly = [replace(run, metrics={name: estimate for name, estimate in run.metrics.items() if name != "accuracy"}) for run in made[:2]]
    found = history([*partly, *made[2:]])
    accuracy = next(metric for metric in found.metrics if metric.metric == "accuracy")
    assert [point is None for point in accuracy.points] == [True, True, False, False, False, False]


def test_what_was_never_measured_is_left_out() -> None:
    unknown = Estimate(None, 0, None, None)
    nan = Estimate(float("nan"), 3, None, None)
    made = [replace(run, metrics={**run.metrics, "cost_usd": unknown, "p95_latency_ms": nan}) for run in runs(0.9, 0.9)]
    assert [metric.metric for metric in history(made).metrics] == ["pass_rate", "accuracy"]
    assert history([]) == History((), (), {})


def test_a_false_alarm_costs_the_whole_page_its_share() -> None:
    """Each stretch of each metric gets an equal part of 5 %: twenty metrics do not make twenty times the alarms."""
    random = Random(11)
    pages = 60
    alarmed = 0
    for _ in range(pages):
        made = [history_run(*finished_run(number, 0.9, random)) for number in range(20)]
        noisy = [
            replace(run, metrics={f"m{n}": Estimate(random.gauss(0.9, 0.02), 60, None, None) for n in range(20)}, terms={}) for run in made
        ]
        alarmed += bool(changes(history(noisy)))
    assert alarmed <= 10, f"{alarmed} of {pages}; 60 would be usual without the correction"
