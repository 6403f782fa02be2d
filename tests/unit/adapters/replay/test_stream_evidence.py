"""A recorded stream as a source of measurements: the same evidence as an independent calculation, however it is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.files.session_stream import SessionStream
from goldfinch.adapters.replay.stream_evidence import StreamEvidence
from goldfinch.core.health.check import assess, begin, take, thresholds_ms
from goldfinch.core.health.events import SessionState
from goldfinch.core.health.failures import MetricsUnavailable
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.health.outcome import Assessment
from goldfinch.core.replay.course import Course, ServedWindow
from goldfinch.core.rollout.plan import Step
from goldfinch.ports.evidence_source import Question, Reading
from tests.unit.adapters.replay.independent_evidence import Cut, log_e
from tools.example_streams import BEGINS_S, Arm, Traffic, events, write

RULES = HealthRules()
STEPS = (Step(20, timedelta(minutes=10)), Step(50, timedelta(minutes=12)), Step(100, timedelta(0)))
STARTS = [0, 1]
HARD = Traffic(
    seed=21,
    sessions_per_s=3.0,
    lasts_s=1500.0,
    weights=((0.0, 20), (700.0, 50)),
    canary=Arm(error_rate=0.035, latency_ms=1000.0, score=0.8),
    scored=0.6,
)
EQUAL = replace(HARD, seed=22, canary=Arm())


def schedule() -> Iterator[tuple[int, float, float]]:
    """step, since when it bakes, end of the interval."""
    for step, since_s, ends_s in ((0, 60.0, 690.0), (1, 760.0, 1480.0)):
        at = since_s
        while at < ends_s:
            at = min(at + 60.0, ends_s)
            yield step, BEGINS_S + since_s, BEGINS_S + at


def moment(time_s: float) -> datetime:
    return datetime.fromtimestamp(time_s, UTC)


def question(step: int, since_s: float, end_s: float, cursor: str = "", thresholds: dict[str, float] | None = None) -> Question:
    return Question("ro_1", cursor, step, moment(since_s), (0.2, 0.5)[step], moment(end_s), thresholds or {})


def source(path: Path, **rest: Any) -> StreamEvidence:
    return StreamEvidence(SessionStream(path).events, RULES.metrics, tolerance_s=10.0, **rest)


async def replayed(path: Path, restart_every: int = 0) -> tuple[list[Assessment], list[Cut], list[Reading]]:
    evidence, state = source(path), begin(RULES, steps=STEPS)
    store: dict[str, SessionState] = {}
    cursor, assessments, cuts, readings = "", [], list[Cut](), list[Reading]()
    for number, (step, since_s, end_s) in enumerate(schedule(), 1):
        tau = thresholds_ms(RULES, state)
        reading = await evidence.read(question(step, since_s, end_s, cursor, tau), store.values())
        (interval,) = reading.intervals
        cursor = reading.cursor
        store.update({session.session: session for session in reading.sessions})
        for name in reading.forgotten:
            store.pop(name)
        state = take(RULES, state, interval)
        assessments.append(assess(RULES, state, now=interval.end, step=step))
        cuts.append(Cut(interval.start.timestamp(), end_s, step, since_s, tau.get("p95_latency")))
        readings.append(reading)
        if restart_every and number % restart_every == 0:
            evidence = source(path)
    return assessments, cuts, readings


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("traffic", [HARD, EQUAL], ids=["worse", "equal"])
async def test_e_is_that_of_an_independent_calculation_from_the_lines(traffic: Traffic, tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    write(path, traffic)
    assessments, cuts, _ = await replayed(path)
    expected = log_e(lines_of(path), cuts, STARTS)
    for number, assessment in enumerate(assessments):
        for check in assessment.checks:
            # of the logarithm absolutely, which is of E relatively
            assert check.log_e == pytest.approx(expected[check.metric][number], rel=0, abs=1e-6)
    moved = [check for assessment in assessments for check in assessment.checks if abs(check.log_e) > 0.01]
    assert {check.metric for check in moved} == {"error_rate", "p95_latency", "evaluation_score"}


@pytest.mark.parametrize("every", [1, 4])
async def test_a_source_that_is_made_anew_reads_on_as_if_it_had_not_been(every: int, tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl.gz"
    write(path, HARD)
    plain, _, readings = await replayed(path)
    again, _, readings_again = await replayed(path, restart_every=every)
    assert again == plain
    assert [reading.cursor for reading in readings_again] == [reading.cursor for reading in readings]


async def test_the_same_cursor_read_again_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    write(path, HARD)
    evidence = source(path)
    asked = [question(step, since_s, end_s) for step, since_s, end_s in schedule()]
    one = await evidence.read(asked[0], ())
    two = await evidence.read(replace(asked[1], cursor=one.cursor), one.sessions)
    again = await evidence.read(replace(asked[1], cursor=one.cursor), one.sessions)
    assert again.cursor == two.cursor
    assert again.intervals[0].canary_sessions == two.intervals[0].canary_sessions > 0
    assert again.intervals[0].strata[0].counts == two.intervals[0].strata[0].counts


async def test_lines_out_of_order_within_the_tolerance_change_nothing(tmp_path: Path) -> None:
    straight, shuffled = tmp_path / "straight.jsonl", tmp_path / "shuffled.jsonl"
    write(straight, HARD)
    head, *lines = straight.read_text().splitlines()
    lines.sort(key=lambda line: (json.loads(line)["time"] // 7, hash(line) % 1000))
    shuffled.write_text("\n".join((head, *lines)) + "\n")
    assert (await replayed(shuffled))[0] == (await replayed(straight))[0]


async def test_no_interval_reaches_beyond_a_recorded_change_of_weight(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    write(path, HARD)
    course = Course((ServedWindow(20, BEGINS_S, BEGINS_S + 700), ServedWindow(50, BEGINS_S + 700, None)))
    evidence = source(path, course=course)
    reading = await evidence.read(question(0, BEGINS_S + 660, BEGINS_S + 720), ())
    assert [interval.end for interval in reading.intervals] == [moment(BEGINS_S + 700)]
    beyond = await evidence.read(question(0, BEGINS_S + 660, BEGINS_S + 780, reading.cursor), reading.sessions)
    assert (beyond.intervals, beyond.cursor) == ((), reading.cursor)


async def test_there_is_no_evidence_for_a_weight_that_was_not_served(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    write(path, HARD)
    evidence = source(path, course=Course((ServedWindow(35, BEGINS_S, None),)))
    assert (await evidence.read(question(0, BEGINS_S + 60, BEGINS_S + 120), ())).intervals == ()


async def test_a_cursor_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stream.jsonl"
    write(path, replace(HARD, lasts_s=100))
    with pytest.raises(MetricsUnavailable, match="cursor"):
        await source(path).read(question(0, BEGINS_S + 60, BEGINS_S + 90, "offset 17"), ())


def test_the_examples_are_what_their_generator_makes(tmp_path: Path) -> None:
    from tools.example_streams import STREAMS

    folder = Path(__file__).parents[4] / "examples" / "rollout_streams"
    for name, traffic in STREAMS.items():
        write(tmp_path / f"{name}.jsonl", traffic)
        assert list(SessionStream(tmp_path / f"{name}.jsonl").events()) == list(SessionStream(folder / f"{name}.jsonl.gz").events())
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 200_000
    assert len(list(events(STREAMS["good"]))) > 3000
