"""Who counts, in which stratum, and that nothing counts twice."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldfinch.core.health.cohort import Cohort, CohortMark, Counted
from goldfinch.core.health.events import CLIENT_LEFT, PROBE_SESSION, RunningRequest, SessionEvent, SessionState, TurnNote
from goldfinch.core.health.interval import Interval, PairCounts, StratumInterval
from goldfinch.core.health.metrics import ERROR_RATE, EVALUATION_SCORE, P95_LATENCY, Arm, GatedMetric, MetricKind

REFUSALS = GatedMetric("refusals", MetricKind.COUNT, guard=1.05, flag="refusal")
COST = GatedMetric("cost_usd", MetricKind.SCORE, guard=0.9, cap=0.5)
PROBES = GatedMetric("probe_score", MetricKind.SCORE, guard=0.9)
METRICS = (ERROR_RATE, REFUSALS, P95_LATENCY, EVALUATION_SCORE, COST)


def turn(
    time_s: float, session: str = "a", arm: Arm = Arm.CANARY, number: int = 1, *, ok: bool = True, latency_ms: float = 100.0, **rest: object
) -> SessionEvent:
    return SessionEvent(time_s, session, arm, number, ok, latency_ms, **rest)  # type: ignore[arg-type]


def begun(cohort: Cohort | None = None, *, step: int = 0, since_s: float = 1000.0, share: float = 0.1, tau: float | None = None) -> Cohort:
    cohort = cohort or Cohort("ro_1", METRICS)
    cohort.open(step=step, baking_since_s=since_s, canary_share=share, thresholds_ms={} if tau is None else {"p95_latency": tau})
    return cohort


def counted(cohort: Cohort, events: Iterable[SessionEvent], end_s: float) -> Counted:
    for event in events:
        cohort.count(event)
    return cohort.close(end_s)


def first(events: Iterable[SessionEvent], *, tau: float | None = None) -> Interval:
    return counted(begun(tau=tau), events, 1060.0).interval


def only_stratum(interval: Interval) -> StratumInterval:
    (stratum,) = interval.strata
    return stratum


def test_a_session_is_one_unit_however_many_turns_it_has() -> None:
    interval = first([turn(1001), turn(1002, number=2), turn(1003, number=3), turn(1004, "b", Arm.STABLE)])
    assert only_stratum(interval).counts["error_rate"] == PairCounts(canary_units=1, stable_units=1)
    assert (interval.canary_sessions, interval.stable_sessions) == (1, 1)
    assert (interval.canary_requests, interval.stable_requests) == (3, 1)
    assert (interval.start, interval.end) == (datetime.fromtimestamp(1000, UTC), datetime.fromtimestamp(1060, UTC))


def test_a_session_fails_once_and_is_at_risk_no_more() -> None:
    cohort = begun()
    one = counted(cohort, [turn(1001, ok=False), turn(1002, number=2, ok=False)], 1060)
    two = counted(begun(cohort), [turn(1061, number=3, ok=False), turn(1062, "b")], 1120)
    assert only_stratum(one.interval).counts["error_rate"] == PairCounts(canary_units=1, canary_bad=1)
    assert only_stratum(two.interval).counts["error_rate"] == PairCounts(canary_units=1)
    assert only_stratum(two.interval).counts["refusals"] == PairCounts(canary_units=2)


def test_a_flag_turns_a_session_bad_in_its_own_metric() -> None:
    interval = first([turn(1001, flags=("refusal",)), turn(1002, "b", Arm.STABLE, ok=False)])
    assert only_stratum(interval).counts["refusals"] == PairCounts(canary_units=1, canary_bad=1, stable_units=1)
    assert only_stratum(interval).counts["error_rate"] == PairCounts(canary_units=1, stable_units=1, stable_bad=1)


@pytest.mark.parametrize(
    "event",
    [
        turn(1000.05, latency_ms=100),  # its request began before the weight was verified and warm
        turn(1030, number=2),  # begun nobody knows when
    ],
)
def test_a_session_begun_outside_the_baking_time_never_counts(event: SessionEvent) -> None:
    interval = first([event, turn(1040, number=3, ok=False)])
    assert interval.strata == ()
    assert interval.canary_sessions == 0
    assert interval.canary_requests == 2


def test_a_session_seen_before_the_baking_time_never_counts() -> None:
    interval = first([turn(900), turn(1001, number=2, ok=False)])
    assert interval.strata == ()
    assert interval.canary_requests == 1  # what finished before the interval is not of it


def test_a_session_stays_in_the_stratum_it_began_in() -> None:
    cohort = begun(share=0.1)
    counted(cohort, [turn(1001, "old")], 1060)
    begun(cohort, step=1, since_s=1200, share=0.5)
    after = counted(cohort, [turn(1201, "old", number=2, ok=False), turn(1202, "new")], 1260).interval
    assert [(stratum.stratum, stratum.counts["error_rate"]) for stratum in after.strata] == [
        (0, PairCounts(canary_units=1, canary_bad=1)),
        (1, PairCounts(canary_units=1)),
    ]
    assert after.canary_sessions == 1  # the sample ratio is that of the sessions begun under the present weight


def test_a_first_request_that_outlasts_its_step_belongs_to_that_step() -> None:
    cohort = begun()
    counted(cohort, [], 1060)
    begun(cohort, step=1, since_s=1200)
    after = counted(cohort, [turn(1210, latency_ms=160_000)], 1260).interval
    assert [stratum.stratum for stratum in after.strata] == [0]
    assert after.canary_sessions == 0


def test_a_session_begun_in_a_shift_or_warm_up_never_counts() -> None:
    cohort = begun()
    counted(cohort, [], 1060)
    begun(cohort, step=1, since_s=1200)
    after = counted(cohort, [turn(1100, "shift"), turn(1210, "shift", number=2, ok=False)], 1260).interval
    assert after.strata == ()


def test_what_a_session_does_in_a_gap_counts_nothing_but_is_known() -> None:
    cohort = begun()
    counted(cohort, [turn(1001)], 1060)
    begun(cohort, step=1, since_s=1200)
    after = counted(cohort, [turn(1100, number=2, ok=False), turn(1201, number=3, ok=False)], 1260).interval
    assert only_stratum(after).counts["error_rate"] == PairCounts()  # it failed before this interval, and is at risk no more


def test_a_session_begun_while_the_arms_could_not_be_compared_never_counts() -> None:
    cohort = begun()
    counted(cohort, [turn(1001, "before")], 1060)
    cohort.open(step=0, baking_since_s=1060, canary_share=0.1, thresholds_ms={}, comparable=False)
    doubtful = counted(cohort, [turn(1061, "doubtful"), turn(1062, "before", number=2)], 1120)
    resumed = counted(
        begun(Cohort("ro_1", METRICS, mark=doubtful.mark, sessions=doubtful.sessions), since_s=1120),
        [
            turn(1121, "doubtful", number=2, ok=False),
            turn(1122, "late", latency_ms=30_000),
            turn(1123, "after"),
        ],
        1180,
    )
    assert only_stratum(resumed.interval).counts["error_rate"] == PairCounts(canary_units=1)
    assert doubtful.interval.canary_sessions == 1  # the share of sessions is watched all the same


def test_a_pause_within_a_step_goes_on_in_the_same_stratum() -> None:
    cohort = begun()
    counted(cohort, [], 1060)
    begun(cohort, since_s=2000)
    after = counted(cohort, [turn(1500, "held"), turn(2001, "held", number=2), turn(2002, "new")], 2060).interval
    assert only_stratum(after).stratum == 0
    assert only_stratum(after).counts["error_rate"].canary_units == 1


def test_latency_is_measured_at_one_turn_and_against_the_threshold_of_the_interval() -> None:
    events = [turn(1001, latency_ms=500.5), turn(1002, number=2, latency_ms=9000), turn(1003, "b", Arm.STABLE, latency_ms=500)]
    quantile = only_stratum(first(events, tau=500.0)).quantiles["p95_latency"]
    assert quantile.exceeding == PairCounts(canary_units=1, canary_bad=1, stable_units=1, stable_bad=0)
    assert (quantile.canary.max, quantile.canary.count, quantile.stable.max) == (500.5, 1, 500.0)


def test_without_a_threshold_latencies_are_kept_and_nothing_is_compared() -> None:
    quantile = only_stratum(first([turn(1001)])).quantiles["p95_latency"]
    assert (quantile.threshold_ms, quantile.exceeding, quantile.canary.count) == (None, PairCounts(), 1)


def test_a_timeout_exceeds_and_another_failure_has_no_latency() -> None:
    events = [turn(1001, "slow", ok=False, latency_ms=50, flags=("timeout",)), turn(1002, "broken", ok=False, latency_ms=99_000)]
    quantile = only_stratum(first(events, tau=500.0)).quantiles["p95_latency"]
    assert quantile.exceeding == PairCounts(canary_units=1, canary_bad=1)


def test_a_request_that_still_runs_beyond_the_threshold_exceeds_once() -> None:
    cohort = begun(tau=500.0)
    running = RunningRequest("a", Arm.CANARY, 1, begun_s=1050.0)
    cohort.count_running(RunningRequest("quick", Arm.CANARY, 1, begun_s=1059.9), 1060)
    cohort.count_running(running, 1060)
    one = cohort.close(1060).interval
    begun(cohort, tau=500.0)
    cohort.count(turn(1071, latency_ms=21_000, score=0.5))
    cohort.count_running(replace(running, session="other", turn=2), 1120)
    two = only_stratum(cohort.close(1120).interval)
    assert only_stratum(one).quantiles["p95_latency"].exceeding == PairCounts(canary_units=1, canary_bad=1)
    assert one.canary_sessions == 1
    assert only_stratum(one).counts["error_rate"] == PairCounts()  # nothing of it has finished
    assert two.quantiles["p95_latency"].exceeding == PairCounts()
    assert two.scores["evaluation_score"].canary == (0.5,)


def test_scores_of_the_measured_turn_in_order_with_judge_failures_beside_them() -> None:
    events = [
        turn(1001, score=0.8),
        turn(1002, number=2, score=0.1),
        turn(1003, "b", score=0.6),
        turn(1004, "c", flags=("judge_failed",)),
        turn(1005, "d", Arm.STABLE),
    ]
    scores = only_stratum(first(events)).scores["evaluation_score"]
    assert (scores.canary, scores.stable) == ((0.8, 0.6), ())
    assert scores.failures == PairCounts(canary_units=3, canary_bad=1)


def test_amounts_are_given_as_they_were_measured() -> None:
    scores = only_stratum(first([turn(1001, amounts={"cost_usd": 0.1}), turn(1002, "b", amounts={"cost_usd": 7.0}), turn(1003, "c")]))
    assert scores.scores["cost_usd"].canary == (0.1, 7.0)


def test_the_measured_turn_is_chosen_by_rollout_and_session_and_is_known_in_every_process() -> None:
    def measured_at(rollout: str, session: str) -> int:
        cohort = begun(Cohort(rollout, METRICS, sampled_turns=4))
        events = [turn(1000 + number, session, number=number, latency_ms=number) for number in range(1, 5)]
        return int(only_stratum(counted(cohort, events, 1060).interval).quantiles["p95_latency"].canary.sum)

    chosen = {(rollout, f"s{number}"): measured_at(rollout, f"s{number}") for rollout in ("ro_1", "ro_2") for number in range(40)}
    assert set(chosen.values()) == {1, 2, 3, 4}
    assert [chosen["ro_1", f"s{number}"] for number in range(8)] == [1, 3, 3, 4, 3, 2, 3, 2]
    assert any(chosen["ro_1", f"s{number}"] != chosen["ro_2", f"s{number}"] for number in range(40))


def test_a_session_on_another_arm_is_unpinned_and_its_requests_there_blame_nobody() -> None:
    interval = first([turn(1001, arm=Arm.STABLE), turn(1002, number=2, ok=False), turn(1003, number=3, ok=False)])
    assert interval.unpinned == 1
    assert only_stratum(interval).counts["error_rate"] == PairCounts(stable_units=1)
    assert interval.canary_requests == 2


def test_a_breach_of_safety_on_the_canary_counts_even_in_a_warm_up() -> None:
    events = [turn(900, "warm", flags=("safety",)), turn(1001, "s", Arm.STABLE, flags=("safety",)), turn(1002, "b", flags=("safety",))]
    assert first(events).safety_breaches == ("session warm, turn 1", "session b, turn 1")


def test_many_breaches_are_listed_in_bounded_space() -> None:
    breaches = first([turn(1001, f"s{number}", flags=("safety",)) for number in range(1000)]).safety_breaches
    assert len(breaches) == 21
    assert breaches[-1] == "and 980 more"


def test_a_late_event_counts_in_the_next_interval_and_a_very_late_one_not_at_all() -> None:
    cohort = begun()
    counted(cohort, [turn(1059)], 1060)
    begun(cohort)
    two = counted(cohort, [turn(1055, "late", ok=False), turn(1045, "very", ok=False)], 1120).interval
    assert (two.late, two.too_late) == (1, 1)
    assert only_stratum(two).counts["error_rate"] == PairCounts(canary_units=1, canary_bad=1)


def test_a_late_event_of_another_weight_is_left_out() -> None:
    cohort = begun()
    counted(cohort, [], 1060)
    begun(cohort, step=1, since_s=1062)
    after = counted(cohort, [turn(1059, "late", ok=False)], 1120).interval
    assert (after.late, after.too_late, after.strata) == (0, 1, ())


def test_idle_sessions_are_forgotten_so_that_memory_follows_the_traffic_and_not_its_length() -> None:
    cohort = Cohort("ro_1", METRICS, idle_s=300)
    sizes, gone = [], 0
    for minute in range(60):
        start_s = 1000.0 + 60 * minute
        begun(cohort)
        events = [turn(start_s + number / 20, f"{minute}-{number}", latency_ms=1) for number in range(1, 1000)]
        gone += len(counted(cohort, events, start_s + 60).forgotten)
        sizes.append(cohort.size)
    assert max(sizes) <= 6 * 999
    assert gone == 60 * 999 - cohort.size


def test_a_session_that_comes_back_after_it_was_forgotten_does_not_count_again() -> None:
    cohort = Cohort("ro_1", METRICS, idle_s=100)
    counted(begun(cohort), [turn(1001, ok=False)], 1060)
    counted(begun(cohort), [], 1180)
    assert cohort.size == 0
    assert counted(begun(cohort), [turn(1190, number=2, ok=False)], 1240).interval.strata == ()


def test_an_interval_ends_after_its_events() -> None:
    cohort = begun()
    cohort.count(turn(1060))
    with pytest.raises(ValueError, match="cannot end at"):
        cohort.close(1060)


def test_nothing_is_counted_between_two_intervals() -> None:
    cohort = begun()
    cohort.close(1060)
    with pytest.raises(ValueError, match="open"):
        cohort.count(turn(1061))


def _stream(seed: int, count: int) -> list[SessionEvent]:
    rng = random.Random(seed)
    events, turns, arms = [], dict[str, int](), dict[str, Arm]()
    for number in range(count):
        name = f"s{rng.randrange(max(count // 4, 1))}"
        turns[name] = turns.get(name, 0) + 1
        arm = arms.setdefault(name, rng.choice((Arm.STABLE, Arm.CANARY)))
        if rng.random() < 0.02:
            arm = rng.choice((Arm.STABLE, Arm.CANARY))
        flags = tuple(flag for flag in ("timeout", "refusal", "judge_failed", "safety") if rng.random() < 0.05)
        score = rng.random() if rng.random() < 0.5 else None
        time_s = 990 + 600 * number / count + rng.choice((0, 0, 0, -3, -15))
        events.append(SessionEvent(time_s, name, arm, turns[name], rng.random() > 0.1, rng.lognormvariate(6, 1), score, flags))
    return events


SCHEDULE = [(0, 1000.0, 1060.0), (0, 1000.0, 1120.0), (0, 1000.0, 1180.0), (1, 1240.0, 1300.0), (1, 1240.0, 1360.0), (1, 1400.0, 1460.0)]


def _intervals(events: list[SessionEvent], restart_after: frozenset[int], seed: int) -> list[str]:
    cohort = Cohort("ro_1", METRICS, sampled_turns=2, idle_s=90)
    store: dict[str, SessionState] = {}
    seen, intervals = 0, []
    for at, (step, since_s, end_s) in enumerate(SCHEDULE):
        begun(cohort, step=step, since_s=since_s, tau=400.0)
        until = next((place for place in range(seen, len(events)) if events[place].time_s >= end_s), len(events))
        closed = counted(cohort, events[seen:until], end_s)
        seen = until
        store.update({session.session: session for session in closed.sessions})
        for name in closed.forgotten:
            store.pop(name, None)
        intervals.append(_text(closed.interval))
        if at in restart_after:
            saved = list(store.values())
            random.Random(seed).shuffle(saved)
            cohort = Cohort("ro_1", METRICS, sampled_turns=2, idle_s=90, mark=closed.mark, sessions=saved)
    return intervals


def _text(interval: Interval) -> str:
    """Exactly, the histograms with their buckets."""
    histograms = [
        (stratum.stratum, name, quantile.canary.to_state(), quantile.stable.to_state())
        for stratum in interval.strata
        for name, quantile in stratum.quantiles.items()
    ]
    bare = [
        (stratum.stratum, stratum.counts, [quantile.exceeding for quantile in stratum.quantiles.values()], stratum.scores)
        for stratum in interval.strata
    ]
    return repr((replace(interval, strata=()), bare, histograms))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), restarts=st.frozensets(st.integers(0, len(SCHEDULE) - 2)))
def test_any_cut_into_restarts_gives_the_same_intervals_bit_for_bit(seed: int, restarts: frozenset[int]) -> None:
    events = _stream(seed, 400)
    assert _intervals(events, restarts, seed) == _intervals(events, frozenset(), seed)


def test_nothing_but_the_mark_and_the_sessions_is_needed_to_go_on() -> None:
    cohort = begun()
    closed = counted(cohort, [turn(1001, ok=False)], 1060)
    resumed = Cohort("ro_1", METRICS, mark=closed.mark, sessions=closed.sessions)
    assert resumed.mark == CohortMark(1060.0, closed.mark.windows)
    after = counted(begun(resumed), [turn(1061, number=2, ok=False)], 1120)
    assert only_stratum(after.interval).counts["error_rate"] == PairCounts()


def note(session: str = "a", arm: Arm = Arm.CANARY, **rest: object) -> TurnNote:
    return TurnNote(1001.0, session, arm, **rest)  # type: ignore[arg-type]


def with_notes(cohort: Cohort | None = None) -> Cohort:
    return begun(cohort or Cohort("ro_1", METRICS, notes_follow=True))


def test_a_flag_that_becomes_known_later_makes_a_unit_of_that_interval_in_its_own_metric_alone() -> None:
    cohort = with_notes()
    counted(cohort, [turn(1001), turn(1002, "b", Arm.STABLE)], 1060)
    with_notes(cohort)
    cohort.take_note(note(flags=("refusal",)))
    cohort.take_note(note(flags=("refusal",)))
    part = only_stratum(cohort.close(1120).interval)
    assert part.counts["refusals"] == PairCounts(1, 1, 0, 0)
    assert part.counts["error_rate"] == PairCounts()


def test_a_flag_that_becomes_known_while_its_session_is_at_risk_adds_no_unit() -> None:
    cohort = with_notes()
    cohort.count(turn(1001))
    cohort.take_note(note(flags=("refusal",)))
    cohort.count(turn(1002, number=2, flags=("refusal",)))
    assert only_stratum(cohort.close(1060).interval).counts["refusals"] == PairCounts(1, 1, 0, 0)


def test_a_late_score_counts_long_after_the_latency_of_its_turn_and_in_the_sessions_stratum() -> None:
    cohort = with_notes()
    first_one = counted(cohort, [turn(1001, score=0.9)], 1060)
    assert only_stratum(first_one.interval).scores["evaluation_score"].canary == ()
    resumed = Cohort("ro_1", METRICS, notes_follow=True, mark=first_one.mark, sessions=first_one.sessions)
    resumed.open(step=1, baking_since_s=1200, canary_share=0.5, thresholds_ms={})
    resumed.take_note(note(scores={"evaluation_score": 0.5}, amounts={"cost_usd": 0.1}))
    resumed.take_note(note(scores={"evaluation_score": 0.1}, amounts={"cost_usd": 0.3}))
    second = resumed.close(1260)
    part = only_stratum(second.interval)
    assert part.stratum == 0
    assert (part.scores["evaluation_score"].canary, part.scores["cost_usd"].canary) == ((0.5,), (0.1,))
    assert [state.measured for state in second.sessions] == [frozenset({"p95_latency", "evaluation_score", "cost_usd"})]


def test_a_score_of_none_is_a_judge_failure_and_the_sessions_one() -> None:
    cohort = with_notes()
    cohort.count(turn(1001))
    cohort.take_note(note(scores={"evaluation_score": None}))
    cohort.take_note(note(scores={"evaluation_score": 0.5}))
    scores = only_stratum(cohort.close(1060).interval).scores["evaluation_score"]
    assert (scores.canary, scores.failures) == ((), PairCounts(1, 1, 0, 0))


@pytest.mark.parametrize("odd", [note("nobody"), note(arm=Arm.STABLE), note(probe=True)])
def test_a_note_that_contradicts_what_is_known_is_counted_as_left_out(odd: TurnNote) -> None:
    cohort = with_notes()
    cohort.count(turn(1001))
    cohort.take_note(replace(odd, flags=("refusal",), scores={"evaluation_score": 0.5}))
    interval = cohort.close(1060).interval
    assert interval.notes_left_out == 1
    assert only_stratum(interval).scores["evaluation_score"].canary == ()
    assert only_stratum(interval).counts["refusals"] == PairCounts(1, 0, 0, 0)


def test_a_note_of_a_session_without_a_stratum_counts_nothing_and_is_not_left_out() -> None:
    cohort = with_notes()
    cohort.count(turn(1001, number=2))
    cohort.take_note(note(scores={"evaluation_score": 0.5}))
    interval = cohort.close(1060).interval
    assert (interval.strata, interval.notes_left_out) == ((), 0)


def test_scores_inside_events_and_notes_do_not_mix_where_events_have_them() -> None:
    cohort = begun()
    cohort.count(turn(1001, score=0.9))
    cohort.take_note(note(scores={"evaluation_score": 0.1}))
    assert only_stratum(cohort.close(1060).interval).scores["evaluation_score"].canary == (0.9,)


def test_a_session_begins_with_its_first_request_before_that_finishes() -> None:
    cohort = begun()
    cohort.begin(RunningRequest("a", Arm.CANARY, 1, 1010.0))
    interval = cohort.close(1060).interval
    assert (interval.canary_sessions, interval.strata) == (1, ())
    begun(cohort)
    cohort.count(turn(1070, latency_ms=60_000))
    interval = cohort.close(1120).interval
    assert (interval.canary_sessions, only_stratum(interval).counts["error_rate"]) == (0, PairCounts(1, 0, 0, 0))


def test_a_probes_session_stays_one_when_counting_is_taken_up_again() -> None:
    probed = Cohort("ro_1", (*METRICS, PROBES), notes_follow=True)
    begun(probed).begin(RunningRequest("p", Arm.STABLE, 1, 1010.0), probe=True)
    saved = probed.close(1060)
    assert [state.measured for state in saved.sessions] == [frozenset({PROBE_SESSION})]
    resumed = begun(Cohort("ro_1", (*METRICS, PROBES), notes_follow=True, mark=saved.mark, sessions=saved.sessions))
    resumed.take_note(note("p", Arm.STABLE, flags=("refusal",), scores={"probe_score": 0.25, "evaluation_score": 0.5}, probe=True))
    part = only_stratum(resumed.close(1120).interval)
    assert part.scores["probe_score"].stable == (0.25,)
    assert part.scores["evaluation_score"].stable == ()
    assert part.counts["refusals"] == PairCounts()


def test_a_client_that_left_early_gives_no_latency_and_one_that_waited_long_exceeds() -> None:
    interval = first([turn(1001, flags=(CLIENT_LEFT,)), turn(1010, "b", latency_ms=5000, flags=(CLIENT_LEFT,))], tau=1000.0)
    assert only_stratum(interval).quantiles["p95_latency"].exceeding == PairCounts(1, 1, 0, 0)
