from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from itertools import combinations
from random import Random
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.records import MetricScore, ScoreRecord, ScoreStatus
from goldfinch.core.results.summary import Summary
from goldfinch.core.statistics.intervals import UNIT, t_interval, wilson_interval
from goldfinch.testing.run_journal import sample_manifest, sample_record

MISSING = Failure(FailureKind.RATE_LIMITED, "HTTP 429", 429)
CRASHED = Failure(FailureKind.EXCEPTION, "ValueError")
MANIFEST = sample_manifest()


def summary_of(*accumulators: SummaryAccumulator, planned: int = 0) -> Summary:
    whole = SummaryAccumulator()
    for accumulator in accumulators:
        whole.merge(accumulator)
    return whole.summary(MANIFEST, planned=planned)


def taken(records: list[ScoreRecord]) -> SummaryAccumulator:
    accumulator = SummaryAccumulator()
    for record in records:
        accumulator.add(record)
    return accumulator


@dataclass(frozen=True)
class Trial:
    """What may come of one trial."""

    value: float | None
    failure: Failure | None = None
    cost_usd: float | None = 0.01
    latency_ms: float | None = 10.0
    cached: bool = False


TRIALS = st.builds(
    Trial,
    value=st.none() | st.floats(0, 1),
    failure=st.sampled_from([None, None, None, MISSING, CRASHED]),
    cost_usd=st.none() | st.floats(0, 2),
    latency_ms=st.none() | st.floats(0, 1e5),
    cached=st.booleans(),
)
RUNS = st.lists(
    st.tuples(st.lists(TRIALS, min_size=1, max_size=4), st.floats(0.1, 5), st.sets(st.sampled_from(["x", "y"]))), min_size=1, max_size=12
)


def records_of(run: list[Any]) -> list[ScoreRecord]:
    return [
        sample_record(
            f"c{index}",
            0.0 if trial.failure is CRASHED else trial.value,
            trial=number,
            trials=len(trials),
            failure=trial.failure,
            weight=weight,
            tags=tuple(sorted(tags)),
            cost_usd=trial.cost_usd,
            latency_ms=trial.latency_ms,
            cached=trial.cached,
        )
        for index, (trials, weight, tags) in enumerate(run)
        for number, trial in enumerate(trials)
    ]


def assert_equal_up_to_rounding(one: Any, other: Any, path: str = "summary") -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key in one:
            assert_equal_up_to_rounding(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), path
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_equal_up_to_rounding(left, right, f"{path}[{index}]")
    elif isinstance(one, float):
        assert one == pytest.approx(other, abs=1e-6 if path.endswith((".low", ".high")) else 1e-9), path
    else:
        assert one == other, path


def figures(summary: Summary) -> dict[str, Any]:
    """Everything that the summary says, without the state that it is made from."""
    return {name: value for name, value in asdict(summary).items() if name != "state"}


@given(run=RUNS, shards=st.integers(1, 5), seed=st.integers(0, 10**6))
def test_any_order_and_any_split_into_shards_give_the_same_summary(run: list[Any], shards: int, seed: int) -> None:
    records = records_of(run)
    straight = summary_of(taken(records))
    random = Random(seed)
    shuffled = random.sample(records, len(records))
    parts: list[list[ScoreRecord]] = [[] for _ in range(shards)]
    for record in shuffled:
        random.choice(parts).append(record)
    merged = summary_of(*[SummaryAccumulator.from_state(json.loads(json.dumps(taken(part).to_state()))) for part in parts])
    assert_equal_up_to_rounding(figures(merged), figures(straight))


@given(run=RUNS)
def test_json_keeps_everything_exactly(run: list[Any]) -> None:
    accumulator = taken(records_of(run))
    stored = json.loads(json.dumps(accumulator.to_state(), allow_nan=False))
    restored = SummaryAccumulator.from_state(stored)
    assert restored.to_state() == accumulator.to_state()
    assert restored.summary(MANIFEST, planned=3) == accumulator.summary(MANIFEST, planned=3)


@given(run=RUNS)
def test_the_state_in_a_summary_makes_the_same_summary_again(run: list[Any]) -> None:
    summary = summary_of(taken(records_of(run)))
    again = SummaryAccumulator.from_state(json.loads(json.dumps(summary.state))).summary(MANIFEST, planned=0)
    assert again == summary


@given(run=RUNS)
def test_a_metric_averages_the_trials_of_a_case_first_and_weighs_cases(run: list[Any]) -> None:
    estimate = summary_of(taken(records_of(run))).metrics[0].estimate
    means = []
    for trials, weight, _ in run:
        values = [
            0.0 if trial.failure is CRASHED else trial.value
            for trial in trials
            if trial.failure is CRASHED or (trial.failure is None and trial.value is not None)
        ]
        if values:
            means.append((fmean(values), weight))
    assert estimate.count == len(means)
    if means:
        expected = sum(mean * weight for mean, weight in means) / sum(weight for _, weight in means)
        assert estimate.mean == pytest.approx(expected, abs=1e-9)


@given(decided=st.lists(st.lists(st.booleans(), min_size=1, max_size=5), min_size=1, max_size=8))
def test_pass_at_k_agrees_with_trying_every_choice_of_k_trials(decided: list[list[bool]]) -> None:
    records = [
        sample_record(f"c{index}", float(passed), trial=trial, trials=len(trials))
        for index, trials in enumerate(decided)
        for trial, passed in enumerate(trials)
    ]
    passes = summary_of(taken(records)).passes
    longest = max(len(trials) for trials in decided)
    assert list(passes.pass_at_k) == list(passes.pass_hat_k) == (list(range(1, longest + 1)) if longest > 1 else [])
    for k in passes.pass_at_k:
        chosen = [list(combinations(trials, k)) for trials in decided if len(trials) >= k]
        any_passes = fmean(fmean(any(choice) for choice in choices) for choices in chosen)
        all_pass = fmean(fmean(all(choice) for choice in choices) for choices in chosen)
        assert passes.pass_at_k[k].count == passes.pass_hat_k[k].count == len(chosen)
        assert passes.pass_at_k[k].mean == pytest.approx(any_passes, abs=1e-9)
        assert passes.pass_hat_k[k].mean == pytest.approx(all_pass, abs=1e-9)


def test_trials_without_a_verdict_are_in_no_rate() -> None:
    records = [
        sample_record("a", 1.0, trial=0, trials=3),
        sample_record("a", failure=MISSING, trial=1, trials=3),
        sample_record("a", None, trial=2, trials=3),
        sample_record("b", 1.0, trial=0, trials=3),
        sample_record("b", 0.0, trial=1, trials=3),
        sample_record("b", failure=MISSING, trial=2, trials=3),
        sample_record("c", failure=MISSING),
    ]
    passes = summary_of(taken(records)).passes
    assert (passes.passed, passes.failed, passes.undecided) == (2, 1, 4)
    assert (passes.rate.count, passes.rate.mean) == (2, 0.75)
    assert {k: (passes.pass_at_k[k].count, passes.pass_at_k[k].mean) for k in passes.pass_at_k} == {1: (2, 0.75), 2: (1, 1.0)}


def test_one_trial_a_case_gives_wilsons_interval() -> None:
    rate = summary_of(taken([sample_record(f"c{number}", float(number < 52)) for number in range(60)])).passes.rate
    expected = wilson_interval(52, 60)
    assert (rate.count, rate.mean, rate.low, rate.high) == (60, 52 / 60, expected.low, expected.high)


def test_several_trials_a_case_give_t_over_the_cases_not_over_the_trials() -> None:
    """Four trials of one case are no four cases: counting them as such would halve the interval."""
    shares = [1.0, 0.75, 0.25, 0.5, 1.0, 0.0]
    records = [
        sample_record(f"c{case}", float(trial < share * 4), trial=trial, trials=4)
        for case, share in enumerate(shares)
        for trial in range(4)
    ]
    rate = summary_of(taken(records)).passes.rate
    mean = fmean(shares)
    deviation = (sum((share - mean) ** 2 for share in shares) / 5) ** 0.5
    expected = t_interval(mean, deviation, 6, within=UNIT)
    assert expected is not None
    assert rate.count == 6
    assert (rate.mean, rate.low, rate.high) == pytest.approx((mean, expected.low, expected.high))


def test_missing_and_cached_answers_are_in_no_cost_and_no_latency() -> None:
    records = [
        sample_record("paid", cost_usd=0.5, latency_ms=100.0),
        sample_record("unknown", cost_usd=None, latency_ms=300.0),
        sample_record("cached", cost_usd=0.5, latency_ms=1.0, cached=True),
        sample_record("missing", failure=MISSING, cost_usd=0.5, latency_ms=60_000.0),
        sample_record("own fault", 0.0, failure=CRASHED, cost_usd=0.25, latency_ms=200.0),
    ]
    summary = summary_of(taken(records))
    assert (summary.cost.total_usd, summary.cost.known, summary.cost.unknown, summary.cost.mean_usd) == (0.75, 2, 1, 0.375)
    assert (summary.latency_ms.count, summary.latency_ms.mean) == (3, 200.0)
    assert (summary.finished, summary.cached, summary.tokens.input) == (4, 1, 600)
    assert summary.failures == {"exception": 1, "rate_limited": 1}


def test_each_fate_of_a_score_is_counted_beside_the_mean() -> None:
    records = [
        sample_record("good", 1.0),
        sample_record("bad", 0.5),
        sample_record("scorer crashed", None),
        sample_record("missing", failure=MISSING),
    ]
    accuracy, tone = summary_of(taken(records)).metrics
    assert (accuracy.scored, accuracy.errors, accuracy.missing, accuracy.not_applicable) == (2, 1, 1, 0)
    assert (accuracy.estimate.mean, accuracy.estimate.count) == (0.75, 2)
    assert (tone.estimate.mean, tone.estimate.count, tone.not_applicable) == (None, 0, 4)


def test_nothing_has_no_mean() -> None:
    summary = SummaryAccumulator().summary(MANIFEST, planned=10)
    assert (summary.passes.rate.mean, summary.cost.mean_usd, summary.latency_ms.p95) == (None, None, None)
    assert summary.metrics[0].estimate.mean is None


def test_judges_are_paid_apart() -> None:
    judged = sample_record("a", cost_usd=0.5, judge_cost_usd=0.125, judge_calls=2)
    summary = summary_of(taken([judged, sample_record("b", cost_usd=0.5)]))
    assert (summary.cost.total_usd, summary.judge_cost.total_usd, summary.judge_cost.known) == (1.0, 0.125, 1)


def test_a_judge_of_unknown_price_is_unknown_and_one_that_judged_a_cached_answer_is_paid() -> None:
    records = [sample_record("a", judge_calls=1), sample_record("b", cached=True, judge_cost_usd=0.25, judge_calls=1)]
    summary = summary_of(taken(records))
    assert (summary.judge_cost.total_usd, summary.judge_cost.known, summary.judge_cost.unknown) == (0.25, 1, 1)


def test_pass_rates_of_tags_count_each_case_once() -> None:
    records = [
        sample_record("a", 1.0, trial=0, trials=2, tags=("refund",)),
        sample_record("a", 0.0, trial=1, trials=2, tags=("refund",)),
        sample_record("b", 1.0, tags=("refund", "angry")),
        sample_record("c", failure=MISSING, tags=("angry",)),
    ]
    tags = summary_of(taken(records)).tags
    assert {tag: (estimate.mean, estimate.count) for tag, estimate in tags.items()} == {"angry": (1.0, 1), "refund": (0.75, 2)}


def test_holds_only_the_cases_whose_trials_are_not_all_in() -> None:
    accumulator = SummaryAccumulator()
    for case in range(200):
        for trial in range(3):
            accumulator.add(sample_record(f"c{case}", trial=trial, trials=3))
    assert not accumulator.to_state()["open"]
    accumulator.add(sample_record("last", trial=0, trials=3))
    assert list(accumulator.to_state()["open"]) == ["last"]


def test_summarising_in_mid_run_changes_nothing() -> None:
    accumulator = taken([sample_record("a", 1.0, trial=0, trials=2)])
    assert accumulator.summary(MANIFEST, planned=2).passes.rate.mean == 1.0
    accumulator.add(sample_record("a", 0.0, trial=1, trials=2))
    assert accumulator.summary(MANIFEST, planned=2).passes.rate.mean == 0.5


def test_an_informational_metric_is_measured_without_deciding() -> None:
    record = sample_record("a", 1.0)
    record.scores = (record.scores[0], MetricScore("tone", "1", ScoreStatus.SCORED, 0.2))
    summary = summary_of(taken([record]))
    assert (summary.passes.passed, summary.metrics[1].estimate.mean) == (1, 0.2)


def test_cases_below_the_mark_are_counted_once_however_many_trials_failed() -> None:
    records = [
        sample_record("good", 1.0),
        sample_record("bad", 0.2),
        *(sample_record("flaky", value, trial=trial, trials=3) for trial, value in enumerate((1.0, 0.1, 0.2))),
        *(sample_record("steady", 1.0, trial=trial, trials=2) for trial in range(2)),
        sample_record("crashed", 0.0, failure=CRASHED),
        sample_record("gone", None, failure=MISSING),
    ]
    accuracy, tone = summary_of(taken(records[:3]), taken(records[3:])).metrics
    assert (accuracy.failed_cases, accuracy.failed_case_ids) == (3, ("bad", "crashed", "flaky"))
    assert (tone.failed_cases, tone.failed_case_ids) == (None, ())


def test_of_many_failed_cases_the_first_ids_are_kept_in_any_order_of_merging() -> None:
    ids = [f"c{n:03}" for n in range(40)]
    parts = [taken([sample_record(case_id, 0.0) for case_id in ids[start::4]]) for start in (2, 0, 3, 1)]
    accuracy = summary_of(*parts).metrics[0]
    assert (accuracy.failed_cases, accuracy.failed_case_ids) == (40, tuple(ids[:10]))


def test_a_state_written_before_failed_cases_were_counted_is_still_read() -> None:
    state = taken([sample_record("a", 0.0), sample_record("b", 0.0, trials=2)]).to_state()
    for tally in state["metrics"].values():
        del tally["failed"]
    for case in state["open"].values():
        del case["below"]
    restored = SummaryAccumulator.from_state(state)
    assert summary_of(restored).metrics[0].scored == 2
