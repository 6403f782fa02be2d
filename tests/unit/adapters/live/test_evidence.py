"""The access log and the notes as a source of measurements: what counts, what is missing, and that nothing is lost or repeated."""

from __future__ import annotations

import os
import random
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldfinch.adapters.live.evidence import LiveEvidence
from goldfinch.adapters.live.notes import NotesLog
from goldfinch.core.health.events import SessionState, TurnNote
from goldfinch.core.health.failures import MetricsUnavailable
from goldfinch.core.health.interval import Interval, PairCounts, StratumInterval
from goldfinch.core.health.metrics import ERROR_RATE, EVALUATION_SCORE, P95_LATENCY, Arm, GatedMetric, MetricKind
from goldfinch.ports.evidence_source import Question, Reading
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.evidence_source_contract import FIRST, MINUTE, SINCE
from goldfinch.testing.rollout_log import FakeRolloutLog
from tests.unit.adapters.live.traffic import CANARY, STABLE, LogFile

TOOL_ERRORS = GatedMetric("tool_errors", MetricKind.COUNT, guard=1.05, flag="tool_error")
PROBE_SCORE = GatedMetric("probe_score", MetricKind.SCORE, guard=0.9)
METRICS = (ERROR_RATE, TOOL_ERRORS, P95_LATENCY, EVALUATION_SCORE, PROBE_SCORE)
T = SINCE.timestamp()


class World:
    """A folder with a log, a clock, and the store's copy of the sessions."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.log = folder, FakeClock(SINCE), FakeRolloutLog()
        self.access = LogFile(folder / "access")
        self.notes = NotesLog(folder / "notes", self.clock)
        self.up = folder / "up"
        self.saved: dict[str, SessionState] = {}
        self.cursor = ""

    def source(self, **rest: Any) -> LiveEvidence:
        arms = {"canary": CANARY, "stable": STABLE} | rest
        return LiveEvidence(
            self.folder / "access",
            self.folder / "notes",
            self.clock,
            metrics=METRICS,
            sign_of_life=self.up,
            log=self.log,
            **arms,
        )

    async def at(self, second: float) -> None:
        """Let it be so late: the log is written up to then, and the proxy lives."""
        await self.clock.sleep(T + second - self.clock.utc().timestamp())
        self.access.write(T + second)
        self.live()

    def live(self) -> None:
        self.up.touch()
        os.utime(self.up, (self.clock.utc().timestamp(),) * 2)

    def question(self, minute: float, **rest: Any) -> Question:
        return replace(FIRST, cursor=self.cursor, until=SINCE + timedelta(minutes=minute), **rest)

    def commit(self, reading: Reading) -> Interval:
        self.cursor = reading.cursor
        self.saved.update({state.session: state for state in reading.sessions})
        for name in reading.forgotten:
            self.saved.pop(name, None)
        (interval,) = reading.intervals
        return interval

    async def minute(self, minute: int, source: LiveEvidence | None = None, **rest: Any) -> Interval:
        """The interval that ends with this minute, read a second later and saved."""
        await self.at(60 * minute + 1)
        return self.commit(await (source or self.source()).read(self.question(minute, **rest), self.saved.values()))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def only(interval: Interval) -> StratumInterval:
    (stratum,) = interval.strata
    return stratum


async def test_requests_become_units_of_their_arms(world: World) -> None:
    world.access.request(T + 1, "a", release=CANARY, status=500)
    world.access.request(T + 2, "b")
    world.access.request(T + 3, "b", minted=False, pinned=True)
    world.access.request(T + 4, "c", flags="UC", status=200)
    interval = await world.minute(1)
    assert only(interval).counts["error_rate"] == PairCounts(1, 1, 2, 1)
    assert (interval.canary_sessions, interval.stable_sessions) == (1, 2)
    assert (interval.canary_requests, interval.stable_requests) == (1, 3)


async def test_a_session_first_seen_with_a_valid_token_began_before_and_never_counts(world: World) -> None:
    world.access.request(T + 1, "old", release=CANARY, minted=False, pinned=True, status=500)
    interval = await world.minute(1)
    assert interval.strata == ()
    assert interval.canary_requests == 1


async def test_an_id_of_the_clients_own_is_new_once_the_log_knows_the_idle_time_before_it(world: World) -> None:
    world.access.request(T - 1900, "x")
    world.access.request(T - 1000, "seen", minted=False, release="rel_before")
    world.access.request(T + 10, "seen", minted=False, status=500)
    world.access.request(T + 11, "new", minted=False)
    assert only(await world.minute(1)).counts["error_rate"] == PairCounts(0, 0, 1, 0)


async def test_an_id_of_the_clients_own_does_not_count_while_the_log_is_younger_than_the_idle_time(world: World) -> None:
    world.access.request(T - 100, "x")
    world.access.request(T + 11, "new", minted=False)
    assert (await world.minute(1)).strata == ()


async def test_running_requests_are_handed_in_and_counted_once(world: World) -> None:
    world.access.request(T + 1, "hangs", release=CANARY, duration_ms=90_000)
    world.access.request(T + 2, "quick")
    thresholds = {"p95_latency": 1000.0}
    one = await world.minute(1, thresholds_ms=thresholds)
    assert only(one).quantiles["p95_latency"].exceeding == PairCounts(1, 1, 1, 0)
    assert one.canary_sessions == 1
    two = await world.minute(2, thresholds_ms=thresholds)
    assert only(two).quantiles["p95_latency"].exceeding == PairCounts()
    assert only(two).counts["error_rate"] == PairCounts(1, 0, 0, 0)


async def test_a_turn_that_overtakes_its_sessions_first_one_does_not_take_its_place(world: World) -> None:
    world.access.request(T + 1, "a", release=CANARY, duration_ms=20_000)
    world.access.request(T + 2, "a", release=CANARY, minted=False, pinned=True)
    latency = only(await world.minute(1)).quantiles["p95_latency"].canary
    assert latency.count == 1
    assert latency.quantile(0.5) == pytest.approx(20_000, rel=0.05)


async def test_a_client_that_leaves_is_nobodys_failure_and_no_short_latency(world: World) -> None:
    world.access.request(T + 1, "a", flags="DC", status=0)
    world.access.request(T + 2, "b", flags="DC", status=200, duration_ms=5000)
    part = only(await world.minute(1, thresholds_ms={"p95_latency": 1000.0}))
    assert part.counts["error_rate"] == PairCounts(0, 0, 2, 0)
    assert part.quantiles["p95_latency"].exceeding == PairCounts(0, 0, 1, 1)


async def test_sessions_begun_while_the_arms_cannot_be_compared_never_count(world: World) -> None:
    world.access.request(T + 1, "doubtful", release=CANARY)
    world.access.request(T + 61, "doubtful", release=CANARY, minted=False, pinned=True, status=500)
    world.access.request(T + 62, "after", release=CANARY)
    doubtful = await world.minute(1, comparable=False)
    assert doubtful.strata == ()
    assert doubtful.canary_sessions == 1
    after = await world.minute(2, baking_since=SINCE + MINUTE)
    assert only(after).counts["error_rate"] == PairCounts(1, 0, 0, 0)


async def test_notes_count_once_when_they_become_known_in_the_sessions_own_stratum(world: World) -> None:
    world.access.request(T + 1, "a", release=CANARY)
    world.access.request(T + 2, "b")
    await world.minute(1)
    note = TurnNote(T + 1.1, "a", Arm.CANARY, ("tool_error",), {"evaluation_score": 0.4})
    world.notes.add([note, note])
    world.notes.add([TurnNote(T + 2.1, "b", Arm.STABLE, (), {"evaluation_score": None})])
    world.notes.add([TurnNote(T + 2.1, "b", Arm.CANARY, (), {"evaluation_score": 1.0}), TurnNote(T + 2, "unknown", Arm.CANARY)])
    second = await world.minute(2)
    part = only(second)
    assert part.counts["tool_errors"] == PairCounts(1, 1, 0, 0)
    assert part.counts["error_rate"] == PairCounts()
    assert part.scores["evaluation_score"].canary == (0.4,)
    assert part.scores["evaluation_score"].failures == PairCounts(1, 0, 1, 1)
    assert second.notes_left_out == 2
    world.notes.add([replace(note, scores={"evaluation_score": 0.9})])
    assert (await world.minute(3)).strata[0].scores["evaluation_score"].canary == ()


async def test_probes_count_for_their_score_and_nothing_else(world: World) -> None:
    world.access.request(T + 1, "p", release=CANARY, probe=True, status=500, duration_ms=30_000)
    world.access.request(T + 31.5, "p", release=CANARY, probe=True, minted=False, pinned=True)
    world.access.request(T + 2, "user")
    await world.at(40)
    world.notes.add([TurnNote(T + 31, "p", Arm.CANARY, ("tool_error",), {"probe_score": 0.0, "evaluation_score": 0.1}, probe=True)])
    world.notes.add([TurnNote(T + 31, "p", Arm.CANARY, ("tool_error",), {"evaluation_score": 0.1})])
    world.notes.add([TurnNote(T + 31, "user", Arm.STABLE, (), {"probe_score": 0.1}, probe=True)])
    interval = await world.minute(1, thresholds_ms={"p95_latency": 1000.0})
    part = only(interval)
    assert part.scores["probe_score"].canary == (0.0,)
    assert part.scores["probe_score"].stable == ()
    assert part.scores["evaluation_score"].canary == ()
    assert part.counts["error_rate"] == PairCounts(0, 0, 1, 0)
    assert part.counts["tool_errors"] == PairCounts(0, 0, 1, 0)
    assert part.quantiles["p95_latency"].exceeding == PairCounts(0, 0, 1, 0)
    assert (interval.canary_sessions, interval.canary_requests, interval.notes_left_out, interval.probes) == (0, 0, 1, False)


async def test_where_probes_are_the_traffic_they_count_like_users_and_are_marked(world: World) -> None:
    world.access.request(T + 1, "p", release=CANARY, probe=True, status=500)
    await world.at(5)
    world.notes.add([TurnNote(T + 1, "p", Arm.CANARY, (), {"probe_score": 0.5}, probe=True)])
    world.notes.add([TurnNote(T + 1, "p", Arm.CANARY, ("tool_error",), {"evaluation_score": 0.25})])
    interval = await world.minute(1, world.source(probes_are_traffic=True))
    assert interval.probes
    assert only(interval).counts["error_rate"] == PairCounts(1, 1, 0, 0)
    assert only(interval).counts["tool_errors"] == PairCounts(1, 1, 0, 0)
    assert only(interval).scores["evaluation_score"].canary == (0.25,)
    assert only(interval).scores["probe_score"].canary == (0.5,)


async def test_a_probe_begins_with_its_first_request_although_it_brings_id_and_token(world: World) -> None:
    for second, session, arm in ((1, "p1", CANARY), (2, "p1", CANARY), (3, "p2", STABLE)):
        world.access.request(T + second, session, release=arm, probe=True, minted=False, pinned=True, status=500)
    interval = await world.minute(1, world.source(probes_are_traffic=True))
    assert only(interval).counts["error_rate"] == PairCounts(1, 1, 1, 1)
    assert (interval.canary_sessions, interval.stable_sessions) == (1, 1)


async def test_a_breach_of_safety_in_a_note_is_one_whoevers_session_it_was(world: World) -> None:
    world.access.request(T + 1, "a")
    await world.at(10)
    world.notes.add([TurnNote(T + 1, "nobody", Arm.CANARY, ("safety",))])
    assert (await world.minute(1)).safety_breaches == ("session nobody",)


async def test_a_silent_log_of_a_living_proxy_is_a_time_without_traffic(world: World) -> None:
    world.access.folder.mkdir()
    (world.access.folder / "access.jsonl").touch()
    interval = await world.minute(1)
    assert interval.canary_sessions == interval.stable_requests == 0


async def test_a_silent_log_without_a_sign_of_life_is_no_measurement(world: World) -> None:
    world.access.request(T + 1, "a")
    await world.at(30)
    before = world.clock.monotonic_s()
    with pytest.raises(MetricsUnavailable, match="was alive last at 2026-01-01T12:00:30Z") as raised:
        await world.source().read(world.question(1), ())
    assert raised.value.code == "E3301"
    assert world.clock.monotonic_s() - before == pytest.approx(5, abs=0.2)


async def test_a_living_proxy_that_writes_no_log_at_all_is_no_measurement(world: World) -> None:
    await world.at(61)
    (world.access.folder / "access.jsonl").unlink()
    with pytest.raises(MetricsUnavailable):
        await world.source().read(world.question(1), ())


async def test_later_lines_prove_that_the_log_is_written(world: World) -> None:
    world.access.request(T + 1, "a")
    world.access.request(T + 60.6, "b")
    await world.at(62)
    world.up.unlink()
    (interval,) = (await world.source().read(world.question(1), ())).intervals
    assert interval.stable_requests == 1


async def test_it_waits_for_what_is_still_in_the_proxys_buffer(world: World) -> None:
    world.access.request(T + 59.8, "a", delay_s=0.4)
    await world.at(60.0)

    class Ticking(FakeClock):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            world.access.write(self.utc().timestamp())
            world.live()

    world.clock = Ticking(SINCE + MINUTE)
    world.live()
    (interval,) = (await world.source().read(world.question(1), ())).intervals
    assert interval.stable_requests == 1


async def test_lines_that_are_none_are_counted_and_said_once(world: World) -> None:
    for second in range(30):
        world.access.request(T + second, f"s{second}")
    world.access.add(T + 5, b'{"type":"end","time":NaN}')
    world.access.add(T + 6, b"\x00\xff garbage \x1b[31m")
    source = world.source()
    assert (await world.minute(1, source)).stable_requests == 30
    await world.minute(2, source)
    assert [event for event, _ in world.log.lines] == ["evidence.bad_lines"]
    assert "\x1b" not in str(world.log.lines)


async def test_a_log_of_garbage_is_no_time_without_traffic(world: World) -> None:
    for second in range(20):
        world.access.add(T + second, b'{"type":"finished"}')
    await world.at(61)
    with pytest.raises(MetricsUnavailable, match="20 of 20 lines") as raised:
        await world.source().read(world.question(1), ())
    assert raised.value.code == "E3304"


async def test_rotation_loses_and_repeats_nothing(world: World) -> None:
    total = 0
    source = world.source()
    for minute in range(1, 4):
        for second in range(0, 60, 10):
            world.access.request(T + 60 * (minute - 1) + second, f"{minute} {second}")
        await world.at(60 * minute - 25)
        world.access.rotate()
        total += (await world.minute(minute, source if minute < 3 else None)).stable_requests
    assert total == 18


async def test_a_deleted_segment_is_missing_evidence_and_counts_for_nothing(world: World) -> None:
    for second in range(0, 240, 10):
        world.access.request(T + second, f"s{second}")
    await world.minute(1)
    await world.at(90)
    world.access.rotate()
    await world.at(95)
    world.access.rotate()
    await world.at(121)
    (world.access.folder / "access-000001.jsonl").unlink()
    source = world.source()
    with pytest.raises(MetricsUnavailable, match="segment 1") as raised:
        await source.read(world.question(2), world.saved.values())
    assert raised.value.code == "E3303"
    with pytest.raises(MetricsUnavailable):
        await source.read(world.question(2), world.saved.values())
    third = await world.minute(3, source)
    assert third.start.timestamp() == pytest.approx(T + 90.5, abs=1e-3)
    assert third.stable_requests == 8
    assert third.strata[0].counts["error_rate"] == PairCounts(0, 0, 8, 0)
    assert (await world.minute(4)).stable_requests == 6


async def test_a_request_begun_in_a_hole_and_ended_behind_it_is_of_no_stratum(world: World) -> None:
    world.access.request(T + 1, "a")
    await world.minute(1)
    world.access.request(T + 70, "b", duration_ms=30_000, status=500)
    await world.at(80)
    world.access.rotate()
    await world.at(85)
    world.access.rotate()
    (world.access.folder / "access-000001.jsonl").unlink()
    source = world.source()
    with pytest.raises(MetricsUnavailable):
        await world.minute(2, source)
    third = await world.minute(3, source)
    assert third.stable_requests == 0  # it ended where the first line behind the hole stands
    assert third.strata == ()


async def test_a_replaced_file_is_missing_evidence(world: World) -> None:
    world.access.request(T + 1, "a")
    await world.minute(1)
    (world.access.folder / "access.jsonl").write_bytes(b"x" * 5000 + b"\n")
    await world.at(121)
    with pytest.raises(MetricsUnavailable, match="replaced or cut"):
        await world.source().read(world.question(2), world.saved.values())


async def test_a_foreign_cursor_is_refused(world: World) -> None:
    await world.at(61)
    with pytest.raises(MetricsUnavailable, match="the cursor is none of an access log") as raised:
        await world.source().read(replace(world.question(1), cursor="3@2026"), ())
    assert raised.value.code == "E3305"


async def test_the_first_release_has_one_arm(world: World) -> None:
    world.access.request(T + 1, "a", release=CANARY)
    world.access.request(T + 2, "b", release=None, status=503)
    interval = await world.minute(1, world.source(stable=None))
    assert only(interval).counts["error_rate"] == PairCounts(1, 0, 0, 0)


async def test_a_request_whose_end_was_lost_does_not_run_for_ever(world: World) -> None:
    world.access.request(T + 1, "lost", release=CANARY, end=False)
    thresholds = {"p95_latency": 1000.0}
    first = await world.minute(1, thresholds_ms=thresholds)
    assert only(first).quantiles["p95_latency"].exceeding == PairCounts(1, 1, 0, 0)
    await world.minute(40, thresholds_ms=thresholds)
    world.access.request(T + 2401, "x")
    await world.minute(41, thresholds_ms=thresholds)
    assert '"log_from":{"at":[1,0]' not in world.cursor


def random_traffic(world: World, seed: int) -> None:
    chance = random.Random(seed)
    for number in range(120):
        begun, session = T - 30 + chance.random() * 200, f"s{number % 60}"
        world.access.request(
            begun,
            session,
            release=chance.choice([CANARY, STABLE, STABLE, None, "rel_other"]),
            duration_ms=int(chance.expovariate(1 / 4000)),
            delay_s=chance.random() * 0.4,
            end=chance.random() > 0.03,
            minted=number < 60,
            pinned=number >= 60 and chance.random() > 0.3,
            status=chance.choice([200, 200, 200, 500, 429]),
            flags=chance.choice([None, None, "UT", "DC"]),
            probe=chance.random() < 0.1,
        )


async def undisturbed_or_killed(folder: Path, seed: int, kills: list[int], rotations: list[int]) -> list[Interval]:
    """The intervals that are saved in three minutes. `kills`: bits of what goes wrong at each check; `rotations`: seconds."""
    world = World(folder)
    random_traffic(world, seed)
    chance = random.Random(seed)
    notes = sorted((T + chance.random() * 180, f"s{chance.randrange(60)}", chance.choice(list(Arm))) for _ in range(60))
    intervals: list[Interval] = []
    source = world.source()
    due: list[int] = []
    not_before = 0
    for second in range(1, 200):
        await world.at(second)
        if second in rotations:
            world.access.rotate()
        while notes and notes[0][0] <= T + second:
            time_s, session, arm = notes.pop(0)
            score = chance.choice([None, chance.random()])
            flags = chance.choice([(), ("tool_error",)])
            world.notes.add([TurnNote(time_s, session, arm, flags, {chance.choice(["evaluation_score", "probe_score"]): score})])
        if second % 20 == 1 and 1 < second < 182:
            due.append(second - 1)
        while due and second >= not_before:
            what = kills.pop(0) if kills else 0
            question = world.question(due[0] / 60, thresholds_ms={"p95_latency": 3000.0})
            if what & 1:
                source = world.source()  # killed before it read
            reading = await source.read(question, world.saved.values())
            if what & 2:
                source, not_before = world.source(), second + 7  # killed after it had read, before it was saved; back some time later
                continue
            if what & 4:
                assert await source.read(question, world.saved.values()) == reading  # the write failed, and it is asked again
            intervals.append(world.commit(reading))
            due.pop(0)
    return intervals


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    kills=st.lists(st.integers(0, 7), max_size=14),
    rotations=st.lists(st.integers(1, 180), max_size=3, unique=True),
)
async def test_killed_anywhere_it_loses_and_repeats_nothing(seed: int, kills: list[int], rotations: list[int]) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        whole = await undisturbed_or_killed(Path(one), seed, [], [])
        assert await undisturbed_or_killed(Path(other), seed, kills, rotations) == whole
        assert len(whole) == 9
        assert sum(interval.stable_requests for interval in whole) > 0
