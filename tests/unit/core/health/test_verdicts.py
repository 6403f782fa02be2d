from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from goldfinch.core.health.check import HealthState, assess, begin, could_not_read, take, thresholds_ms
from goldfinch.core.health.interval import Interval, PairCounts, QuantileCounts, ScoreValues, StratumInterval, Unreadable
from goldfinch.core.health.metrics import (
    ERROR_RATE,
    EVALUATION_SCORE,
    P95_LATENCY,
    GatedMetric,
    GuardMode,
    HealthRules,
    MetricKind,
    OnNoData,
)
from goldfinch.core.health.outcome import Assessment, Call, HoldReason, MetricState
from goldfinch.core.health.scores import ScoreEvidence
from tests.health_streams import BEGIN, MINUTE, STEPS, errors, histogram, interval

ERRORS = HealthRules(metrics=(ERROR_RATE,))
HEALTHY = errors(60, 1, 540, 11)


def after(rules: HealthRules, intervals: Iterable[Interval], *, first_release: bool = False) -> HealthState:
    state = begin(rules, steps=STEPS, first_release=first_release)
    for each in intervals:
        state = take(rules, state, each)
    return state


def assessed(rules: HealthRules, state: HealthState, *, later: timedelta = timedelta(0), step: int = 0, **more: bool) -> Assessment:
    return assess(rules, state, now=(state.measured_until or BEGIN) + later, step=step, **more)


def healthy(count: int, *, step: int = 0, first: int = 0) -> list[Interval]:
    part = errors(60, 1, 540, 11) if step == 0 else errors(300, 6, 300, 6, stratum=1)
    return [interval(first + index, part, step=step, share=0.5 if step else 0.1) for index in range(count)]


# --- evidence


def test_five_times_the_errors_are_rolled_back_with_the_figures_in_one_sentence() -> None:
    found = assessed(ERRORS, after(ERRORS, [interval(0, errors(150, 15, 1350, 27))]))
    assert (found.call, found.trigger, found.checks[0].state) == (Call.ROLL_BACK, "error_rate", MetricState.BREACH)
    assert found.reason == (
        "error_rate: canary 15 of 150 sessions (10 %), stable 27 of 1,350 (2.0 %), 5.00 times; evidence 2,261 of 100 needed, "
        "and beyond the guard of 1.05"
    )


def test_strong_evidence_of_a_difference_below_the_guard_is_no_breach() -> None:
    rules = HealthRules(metrics=(replace(ERROR_RATE, guard=2.0),))
    found = assessed(rules, after(rules, [interval(0, errors(100_000, 3_600, 900_000, 18_000))]))
    check = found.checks[0]
    assert check.log_e > check.log_threshold
    assert not check.guard_holds
    assert found.call is Call.PASS


def test_the_guard_holds_too_where_only_the_present_stage_is_beyond_it() -> None:
    """A regression that appears under load: the first step was good enough to hide it in the whole."""
    first = [interval(index, errors(900, 0, 8_100, 160)) for index in range(20)]
    loaded = interval(20, errors(3_000, 300, 3_000, 60, stratum=1), step=1, share=0.5)
    found = assessed(ERRORS, after(ERRORS, [*first, loaded]), step=1)
    assert found.checks[0].ratio == pytest.approx((300 / 21_000) / (3260 / 165_000), rel=1e-9)
    assert found.checks[0].ratio is not None
    assert found.checks[0].ratio < 1.05
    assert found.call is Call.ROLL_BACK


def test_below_20_units_of_either_arm_there_is_no_verdict_but_the_fast_path() -> None:
    found = assessed(ERRORS, after(ERRORS, [interval(0, errors(19, 8, 17_000, 17), sessions=(1_700, 15_300))]))
    assert found.checks[0].log_e > found.checks[0].log_threshold
    assert (found.call, found.checks[0].state) == (Call.WAIT, MetricState.INSUFFICIENT)
    assert found.missing == ("error_rate: 19 of 435 canary sessions",)


def test_the_plain_rule_acts_on_the_factor_alone() -> None:
    rules = replace(ERRORS, guard=GuardMode.NONE)
    intervals = [interval(0, errors(10, 1, 90, 0))]
    assert assessed(ERRORS, after(ERRORS, intervals)).call is Call.WAIT
    found = assessed(rules, after(rules, intervals))
    assert (found.call, found.trigger) == (Call.ROLL_BACK, "error_rate")


def test_no_ratio_is_made_up_where_the_stable_arm_has_no_error() -> None:
    found = assessed(ERRORS, after(ERRORS, [interval(0, errors(100, 12, 900, 0))]))
    assert found.checks[0].ratio is None
    assert found.call is Call.ROLL_BACK
    assert "no ratio yet" in found.reason


def test_a_pass_names_the_figures_that_it_rests_on() -> None:
    found = assessed(ERRORS, after(ERRORS, healthy(10)))
    assert (found.call, found.missing) == (Call.PASS, ())
    assert found.reason == (
        "no metric is worse, with enough units to have seen it; nearest to a breach is error_rate: canary 10 of 600 sessions (1.7 %), "
        "stable 110 of 5,400 (2.0 %), 0.82 times; evidence 0.547 of 100 needed"
    )


def test_promotion_counts_the_units_of_the_present_step_only() -> None:
    state = after(ERRORS, [*healthy(10), interval(10, errors(30, 0, 30, 0, stratum=1), step=1, share=0.5)])
    assert assessed(ERRORS, state, step=1).missing == ("error_rate: 30 of 246 canary sessions",)


def test_before_anything_of_a_step_is_measured_it_does_not_pass() -> None:
    found = assessed(ERRORS, after(ERRORS, healthy(10)), step=1)
    assert found.call is Call.WAIT
    assert found.missing[0] == "a first measurement in this step"
    assert found.reason == "no breach so far; still missing: a first measurement in this step, and 1 more"


# --- latency and scores


def slow(factor: float, tau: float | None, canary: int = 400) -> StratumInterval:
    times = [1000 * factor * (1 + index / 20) for index in range(20)] * (canary // 20)
    stable = [1000 * (1 + index / 20) for index in range(20)] * 50
    beyond = PairCounts(len(times), sum(value > (tau or 0) for value in times), len(stable), sum(value > (tau or 0) for value in stable))
    return StratumInterval(
        0, quantiles={"p95_latency": QuantileCounts(tau, beyond if tau else PairCounts(), histogram(times), histogram(stable))}
    )


def test_latency_is_compared_against_the_threshold_that_was_known_before() -> None:
    rules = HealthRules(metrics=(P95_LATENCY,))
    state = take(rules, begin(rules, steps=STEPS), interval(0, slow(1, None), sessions=(100, 900)))
    assert state.metrics["p95_latency"].rows == begin(rules, steps=STEPS).metrics["p95_latency"].rows
    tau = thresholds_ms(rules, state)["p95_latency"]
    assert tau == pytest.approx(1900, rel=0.011)
    found = assessed(rules, take(rules, state, interval(1, slow(2, tau), sessions=(100, 900))))
    assert (found.call, found.trigger, found.checks[0].threshold_ms) == (Call.ROLL_BACK, "p95_latency", tau)
    assert "p95_latency: canary 3.68 s (400 latencies), stable 1.90 s (1,000), 1.93 times; evidence" in found.reason


def test_below_100_stable_latencies_there_is_no_threshold() -> None:
    rules = HealthRules(metrics=(P95_LATENCY,))
    few = QuantileCounts(None, PairCounts(), histogram([1.0] * 30), histogram([1.0] * 99))
    state = after(rules, [interval(0, StratumInterval(0, quantiles={"p95_latency": few}), sessions=(10, 90))])
    assert thresholds_ms(rules, state) == {}
    assert "p95_latency: 99 of 100 stable latencies before a comparison" in assessed(rules, state).missing


def scored(canary: tuple[float, ...], stable: tuple[float, ...], failures: PairCounts | None = None) -> StratumInterval:
    return StratumInterval(0, scores={"evaluation_score": ScoreValues(canary, stable, failures or PairCounts())})


def test_a_mean_score_that_is_20_percent_lower_is_rolled_back() -> None:
    rules = HealthRules(metrics=(EVALUATION_SCORE,))
    part = scored((0.54, 0.74) * 4, (0.7, 0.9) * 36)
    found = assessed(rules, after(rules, [interval(index, part, sessions=(100, 900)) for index in range(12)]))
    assert (found.call, found.trigger) == (Call.ROLL_BACK, "evaluation_score")
    assert "canary 0.64 (96 scores), stable 0.8 (864), 0.80 times" in found.reason


def test_a_cost_is_clipped_turned_round_and_shown_as_it_is() -> None:
    cost = GatedMetric("cost", MetricKind.SCORE, guard=1.2, design_factor=2.0, cap=0.10)
    rules = HealthRules(metrics=(cost,))
    part = StratumInterval(0, scores={"cost": ScoreValues((0.05, 0.09, 0.3) * 4, (0.02, 0.03) * 50)})
    found = assessed(rules, after(rules, [interval(index, part, sessions=(100, 900)) for index in range(6)]))
    assert (found.call, found.trigger) == (Call.ROLL_BACK, "cost")
    assert "cost: canary 0.08 (72 scores), stable 0.025 (600), 3.20 times" in found.reason
    cheaper = StratumInterval(0, scores={"cost": ScoreValues((0.02,) * 12, (0.08,) * 100)})
    assert assessed(rules, after(rules, [interval(index, cheaper, sessions=(100, 900)) for index in range(6)])).call is not Call.ROLL_BACK


def test_a_judge_that_fails_more_often_on_the_canary_holds_the_rollout() -> None:
    rules = HealthRules(metrics=(EVALUATION_SCORE,))
    part = scored((0.8,) * 60, (0.8,) * 880, PairCounts(100, 40, 900, 20))
    found = assessed(rules, after(rules, [interval(0, part, sessions=(100, 900))]))
    assert (found.call, found.hold) == (Call.HOLD, HoldReason.METRICS_UNAVAILABLE)
    assert "judge failures of evaluation_score: canary 40 of 100 answers (40 %)" in found.reason


def test_scores_wait_for_the_other_arm_and_no_longer_than_memory_allows() -> None:
    rules = HealthRules(metrics=(EVALUATION_SCORE,))
    flood = [interval(index, scored((), (0.8,) * 600), sessions=(100, 900)) for index in range(4)]
    state = after(rules, flood)
    evidence = state.metrics["evaluation_score"]
    assert isinstance(evidence, ScoreEvidence)
    assert len(evidence.waiting[0].stable) == 1_000
    assert evidence.total.stable == 2_400
    closed = take(rules, state, interval(5, scored((0.8,), ()), sessions=(100, 900))).metrics["evaluation_score"]
    assert isinstance(closed, ScoreEvidence)
    assert closed.waiting == ()


# --- gross breakage


def test_gross_breakage_is_rolled_back_after_one_check() -> None:
    found = assessed(ERRORS, after(ERRORS, [interval(0, errors(12, 8, 108, 2))]))
    assert (found.call, found.trigger) == (Call.ROLL_BACK, "fast_path")
    assert found.reason == ("error_rate: 8 of 12 canary sessions turned bad in the last check, 2 of 108 stable: gross breakage")


def test_gross_breakage_of_little_traffic_is_found_over_the_window() -> None:
    trickle = [interval(index, errors(3, 2, 27, 0)) for index in range(3)]
    assert assessed(ERRORS, after(ERRORS, trickle)).call is Call.WAIT
    found = assessed(ERRORS, after(ERRORS, [*trickle, interval(3, errors(3, 2, 27, 0))]))
    assert (found.call, found.trigger) == (Call.ROLL_BACK, "fast_path")
    assert "8 of 12 canary sessions turned bad in the last 5 minutes" in found.reason


def test_ten_distinct_sessions_are_needed_and_one_that_comes_back_is_not_distinct() -> None:
    assert assessed(ERRORS, after(ERRORS, [interval(0, errors(9, 9, 400, 0))])).trigger != "fast_path"
    coming_back = [interval(index, errors(4, 4 * (index == 2), 100, 0), sessions=(4 if index == 0 else 0, 100)) for index in range(3)]
    rules = replace(ERRORS, fast_share=0.3)
    assert assessed(rules, after(rules, coming_back)).trigger != "fast_path"


def test_a_stable_arm_that_is_as_broken_holds_the_rollout() -> None:
    found = assessed(ERRORS, after(ERRORS, [interval(0, errors(60, 40, 540, 350))]))
    assert (found.call, found.hold) == (Call.HOLD, HoldReason.BASELINE_DEGRADED)
    assert "a rollback cures nothing" in found.reason


def test_an_incident_that_spans_a_change_of_weight_is_no_gross_breakage_of_the_canary() -> None:
    """Pooled over the change, the canary would have had most of its sessions in the bad minutes, and the stable arm had not."""
    before = interval(0, errors(100, 2, 8_000, 160))
    incident = [interval(index, errors(3_000, 1_800, 3_000, 1_800, stratum=1), step=1, share=0.5) for index in (1, 2)]
    found = assessed(ERRORS, after(ERRORS, [before, *incident]), step=1)
    assert (found.call, found.hold) == (Call.HOLD, HoldReason.BASELINE_DEGRADED)


# --- safety, health, silence, doubt


def test_one_confirmed_safety_breach_rolls_back_at_once_and_stays() -> None:
    breach = interval(0, HEALTHY, safety_breaches=("gave out a customer's address",))
    found = assessed(ERRORS, after(ERRORS, [breach, *healthy(3, first=1)]))
    assert (found.call, found.trigger) == (Call.ROLL_BACK, "safety")
    assert "gave out a customer's address" in found.reason


def test_a_canary_whose_every_instance_is_unhealthy_is_rolled_back() -> None:
    found = assessed(ERRORS, begin(ERRORS, steps=STEPS), canary_unhealthy=True)
    assert (found.call, found.trigger) == (Call.ROLL_BACK, "unhealthy")


def test_a_canary_without_traffic_is_held_then_rolled_back() -> None:
    silent = [interval(index, errors(0, 0, 200, 4), sessions=(0, 200)) for index in range(3)]
    calls = [assessed(ERRORS, after(ERRORS, silent[: count + 1])) for count in range(3)]
    assert [(each.call, each.hold) for each in calls[:2]] == [(Call.HOLD, HoldReason.NO_TRAFFIC)] * 2
    assert calls[0].checks[0].state is MetricState.NO_DATA
    assert (calls[2].call, calls[2].trigger) == (Call.ROLL_BACK, "no_data")
    assert "no canary session has come, where 60 were expected, at 3 checks" in calls[2].reason


def test_one_canary_session_ends_the_silence() -> None:
    silent = [interval(index, errors(0, 0, 200, 4), sessions=(0, 200)) for index in range(2)]
    heard = after(ERRORS, [*silent, interval(2, errors(1, 0, 199, 4))])
    assert assessed(ERRORS, heard).hold is HoldReason.SAMPLE_RATIO  # 1 of 600 is not the 10 % that were meant
    assert (heard.silence.canary_expected, heard.silence.canary_checks) == (0, 0)


def test_a_site_without_any_traffic_is_not_a_dead_canary() -> None:
    quiet = [interval(index, sessions=(0, 0)) for index in range(30)]
    found = assessed(ERRORS, after(ERRORS, quiet))
    assert (found.call, found.hold) == (Call.WAIT, None)
    assert found.missing


@pytest.mark.parametrize(
    ("minutes", "on_no_data", "call", "hold", "trigger"),
    [
        (4, OnNoData.ROLLBACK, Call.WAIT, None, ""),
        (5, OnNoData.ROLLBACK, Call.HOLD, HoldReason.METRICS_UNAVAILABLE, ""),
        (15, OnNoData.ROLLBACK, Call.ROLL_BACK, None, "unknown"),
        (15, OnNoData.PAUSE, Call.HOLD, HoldReason.METRICS_UNAVAILABLE, ""),
    ],
)
def test_a_source_that_does_not_answer(minutes: int, on_no_data: OnNoData, call: Call, hold: HoldReason | None, trigger: str) -> None:
    rules = replace(ERRORS, on_no_data=on_no_data)
    state = after(rules, healthy(10))
    for later in range(2):
        state = could_not_read(state, Unreadable(BEGIN + (10 + later) * MINUTE, "connection refused"))
    found = assessed(rules, state, later=minutes * MINUTE)
    assert (found.call, found.hold, found.trigger) == (call, hold, trigger)
    assert found.checks[0].state is MetricState.UNKNOWN
    assert "connection refused" in found.reason
    assert f"{minutes}.0 minutes" in found.reason


def test_an_answer_ends_the_unknown() -> None:
    state = could_not_read(after(ERRORS, healthy(10)), Unreadable(BEGIN + 10 * MINUTE, "time-out"))
    assert assessed(ERRORS, take(ERRORS, state, healthy(1, first=10)[0])).call is Call.PASS


def test_a_stable_arm_that_falls_silent_is_unknown() -> None:
    lonely = [interval(10 + index, errors(60, 1, 0, 0), sessions=(60, 0)) for index in range(6)]
    state = after(ERRORS, [*healthy(10), *lonely[:1]])
    assert assessed(ERRORS, state).checks[0].state is MetricState.UNKNOWN
    found = assessed(ERRORS, after(ERRORS, [*healthy(10), *lonely]))
    assert (found.call, found.hold) == (Call.HOLD, HoldReason.METRICS_UNAVAILABLE)
    assert "no stable session has come" in found.reason


def test_a_sample_ratio_that_is_off_makes_the_comparison_invalid() -> None:
    state = after(ERRORS, [interval(index, errors(60, 1, 540, 11), sessions=(90, 510)) for index in range(3)])
    found = assessed(ERRORS, state)
    assert (found.call, found.hold, found.checks[0].state) == (Call.HOLD, HoldReason.SAMPLE_RATIO, MetricState.INVALID)
    assert found.reason == "270 of 1,800 sessions (15 %) went to the canary, 10 % were meant: the arms are not alike"


def test_evidence_of_harm_goes_before_doubt_about_the_comparison() -> None:
    state = after(ERRORS, [interval(0, errors(150, 30, 1350, 27), sessions=(400, 1100))])
    assert assessed(ERRORS, state).trigger == "error_rate"


# --- without a stable arm


LIMITED = replace(ERRORS, absolute_limits={"error_rate": 0.05})


def test_a_first_release_knows_absolute_limits_only_and_says_so() -> None:
    alone = [interval(index, errors(100, 2, 0, 0), share=1.0, sessions=(100, 0)) for index in range(5)]
    found = assessed(LIMITED, after(LIMITED, alone, first_release=True))
    assert found.call is Call.PASS
    assert found.reason == (
        "first release, there is no stable one: absolute limits alone are watched, and hold: error_rate: canary 10 of 500 sessions (2.0 %)"
    )
    without = assessed(ERRORS, after(ERRORS, alone, first_release=True))
    assert "no absolute limit is set" in without.reason


def test_a_first_release_is_not_held_for_latencies_that_nothing_could_be_compared_with() -> None:
    rules = HealthRules(metrics=(P95_LATENCY,))
    alone = StratumInterval(0, quantiles={"p95_latency": QuantileCounts(None, PairCounts(), histogram([100.0] * 40), histogram([]))})
    found = assessed(rules, after(rules, [interval(0, alone, share=1.0, sessions=(40, 0))], first_release=True))
    assert found.call is Call.PASS
    few = StratumInterval(0, quantiles={"p95_latency": QuantileCounts(None, PairCounts(), histogram([100.0] * 19), histogram([]))})
    assert assessed(rules, after(rules, [interval(0, few, share=1.0, sessions=(19, 0))], first_release=True)).call is not Call.PASS


def test_a_limit_is_broken_by_evidence_and_not_by_one_bad_minute() -> None:
    wobble = [interval(0, errors(25, 2, 0, 0), share=1.0, sessions=(25, 0))]
    assert assessed(LIMITED, after(LIMITED, wobble, first_release=True)).call is Call.PASS
    bad = [interval(index, errors(60, 9, 0, 0), share=1.0, sessions=(60, 0)) for index in range(3)]
    found = assessed(LIMITED, after(LIMITED, bad, first_release=True))
    assert (found.call, found.trigger) == (Call.ROLL_BACK, "absolute_limit")
    assert "error_rate: canary 15 % of 180 sessions, beyond the absolute limit 5.0 %; evidence" in found.reason


def promoted(*after_it: Interval) -> HealthState:
    return after(LIMITED, [*healthy(30), *healthy(30, step=1, first=30), *after_it])


def test_after_promotion_the_comparison_rests() -> None:
    draining = interval(60, errors(600, 30, 0, 0, stratum=2), errors(20, 19, 20, 0, stratum=1), step=2, share=1.0, sessions=(600, 0))
    found = assessed(LIMITED, promoted(draining), step=2, after_promotion=True)
    assert found.call is Call.PASS
    assert found.reason.startswith("after promotion: absolute limits alone are watched")


def test_after_promotion_a_limit_is_seen_in_spite_of_a_quiet_rollout() -> None:
    worse = [interval(60 + index, errors(600, 60, 0, 0, stratum=2), step=2, share=1.0, sessions=(600, 0)) for index in range(1)]
    found = assessed(LIMITED, promoted(*worse), step=2, after_promotion=True)
    assert (found.call, found.trigger) == (Call.ROLL_BACK, "absolute_limit")


def test_after_promotion_gross_breakage_is_judged_by_the_last_baseline_minutes() -> None:
    broken = interval(75, errors(600, 400, 0, 0, stratum=2), step=2, share=1.0, sessions=(600, 0))
    found = assessed(LIMITED, promoted(broken), step=2, after_promotion=True)
    assert (found.call, found.trigger) == (Call.ROLL_BACK, "fast_path")
    assert "400 of 600 canary sessions turned bad in the last check, 180 of 9,000 stable" in found.reason


def test_after_promotion_the_baseline_minutes_stay_however_long_100_percent_lasts() -> None:
    quiet = [interval(60 + index, errors(60, 0, 0, 0, stratum=2), step=2, share=1.0, sessions=(60, 0)) for index in range(300)]
    broken = interval(360, errors(600, 400, 0, 0, stratum=2), step=2, share=1.0, sessions=(600, 0))
    state = promoted(*quiet, broken)
    assert assessed(LIMITED, state, step=2, after_promotion=True).trigger == "fast_path"
    assert len(state.checks) < 40


def test_the_baseline_minutes_are_joined_where_checks_are_many() -> None:
    every_second = replace(LIMITED, baseline_window=timedelta(hours=24), fast_window=timedelta(minutes=1))
    state = after(every_second, [interval(index, errors(6, 0, 54, 1), sessions=(6, 54)) for index in range(600)])
    assert len(state.checks) <= 242
    assert sum(check.counts[0].stable_units for check in state.checks) == 600 * 54


def test_evidence_of_probes_is_marked() -> None:
    assert assessed(ERRORS, after(ERRORS, [interval(0, HEALTHY, probes=True)])).reason.endswith("(of probe sessions)")
    mixed = [interval(0, HEALTHY, probes=True), *healthy(1, first=1)]
    assert assessed(ERRORS, after(ERRORS, mixed)).reason.endswith("(partly of probe sessions)")
