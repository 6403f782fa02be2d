"""`goldfinch rollout replay`: what a recorded rollout would have come to, from a user's hands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from goldfinch.cli.app import app, main
from tests.unit.adapters.replay.independent_evidence import Cut, log_e
from tools.example_streams import STREAMS, Arm, Traffic, events, write

HOSTILE = 's\x1b[31m<script>\u202e ::error:: "x"'


@pytest.fixture
def stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "stream.jsonl"


def replayed(stream: Path, *options: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["rollout", "replay", str(stream), *options])
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.exit_code, found.stdout


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_good_canary_is_promoted(stream: Path) -> None:
    write(stream, STREAMS["good"])
    code, text = replayed(stream)
    assert code == 0
    assert "would have promoted to 100 % at 2026-01-01 10:33:10Z: no metric is worse" in text
    assert text.count("error_rate  ") >= 30  # a line for every check of 2 x 15.5 minutes


@pytest.mark.parametrize(("name", "metric"), [("errors", "error_rate"), ("slow", "p95_latency"), ("low_score", "evaluation_score")])
def test_a_worse_canary_is_rolled_back_with_its_figures(name: str, metric: str, stream: Path) -> None:
    write(stream, STREAMS[name])
    code, text = replayed(stream, "--output", "json")
    *checks, result = objects(text)
    assert code == result["exit_code"] == 5
    assert (result["outcome"], checks[-1]["trigger"]) == ("rolled_back", metric)
    assert result["at"] == checks[-1]["at"]
    assert f"into step 1 (20 %): {metric}: canary" in result["sentence"]
    assert [check["call"] for check in checks[:-1]] == ["wait"] * (len(checks) - 1) or "pass" in {check["call"] for check in checks}


def test_every_check_shows_the_e_of_an_independent_calculation(stream: Path) -> None:
    traffic = replace(STREAMS["good"], canary=Arm(error_rate=0.025, score=0.83))
    write(stream, traffic)
    *checks, _ = objects(replayed(stream, "--output", "json")[1])
    checks = [check for check in checks if check["phase"].endswith("Baking)")]
    lines = [json.loads(line) for line in stream.read_text().splitlines()]
    from datetime import datetime

    cuts, before = list[Cut](), (0, 0.0)
    for check in checks:
        end = datetime.fromisoformat(check["at"]).timestamp()
        since = {1: 1_767_261_600.0 + 60, 2: 1_767_261_600.0 + 1060}[check["step"]]
        start = max(since, before[1]) if before[0] == check["step"] else since
        tau = {metric["metric"]: metric for metric in check["metrics"]}["p95_latency"]["threshold_ms"]
        cuts.append(Cut(start, end, check["step"] - 1, since, tau))
        before = (check["step"], end)
    expected = log_e(lines, cuts, [0, 1])
    for number, check in enumerate(checks):
        for metric in check["metrics"]:
            assert metric["log_e"] == pytest.approx(expected[metric["metric"]][number], rel=0, abs=1e-6)


def test_the_plain_rule_takes_the_factor_alone_for_a_breach(stream: Path) -> None:
    write(stream, replace(STREAMS["good"], seed=3))
    assert replayed(stream)[0] == 0
    code, text = replayed(stream, "--guard", "none")
    assert code == 5
    assert "guard none" in text


def test_the_plan_is_that_of_the_settings(stream: Path) -> None:
    write(stream, replace(STREAMS["errors"], writes_weights=False))
    settings = "rollout: {steps: [{weight: 20, bake: 20m}, {weight: 100}], warm_up: 120s, health: {check_every: 90s, alpha: 0.001}}"
    Path("goldfinch.yaml").write_text(settings)
    *checks, result = objects(replayed(stream, "--output", "json")[1])
    assert checks[0]["at"].startswith("2026-01-01T10:03:31")  # first event, warm-up, 90 s
    assert result["outcome"] == "rolled_back"
    assert checks[0]["metrics"][0]["log_threshold"] == pytest.approx(8.0064, abs=1e-4)  # ln(3 / 0.001)


def test_a_stream_that_ends_too_soon_decides_nothing(stream: Path) -> None:
    write(stream, replace(STREAMS["good"], lasts_s=600.0, writes_weights=False))
    code, text = replayed(stream, "--steps", "20:15m,100:0")
    assert code == 3
    assert "undecided: the stream ends at 2026-01-01 10:09:59Z" in text
    assert "before the watch over step 1 (20 %) is over" in text


def test_sessions_that_split_otherwise_than_planned_hold_the_rollout(stream: Path) -> None:
    write(stream, replace(STREAMS["good"], lasts_s=1200.0))
    code, text = replayed(stream, "--ignore-weights", "--steps", "50:30m,100:0")
    assert code == 3
    assert "would be held since" in text
    assert "SampleRatioMismatch" in text


def test_where_the_recorded_course_went_on_a_line_says_so_and_it_is_followed(stream: Path) -> None:
    thin = Traffic(seed=4, sessions_per_s=0.05, lasts_s=1900.0, weights=((0.0, 20), (900.0, 50), (1800.0, 100)))
    write(stream, thin)
    code, text = replayed(stream, "--checks", "last")
    assert code == 3
    assert "would not have gone beyond step 1 (20 %) at 2026-01-01 10:15:" in text
    assert "the recorded course went to 50 %; this controller was at 20 %" in text
    assert "(by the recording)" in text
    assert "promote by the recording (it went to 50 %)" in text


def test_where_the_recorded_course_went_back_and_the_decision_would_not_a_line_says_so(stream: Path) -> None:
    write(stream, replace(STREAMS["good"], weights=((0.0, 20), (600.0, 0)), lasts_s=900.0))
    code, text = replayed(stream, "--checks", "last")
    assert code == 3
    assert "the recorded weight fell to 0 %; this controller was at" in text


def test_a_rollback_that_the_recording_did_not_make_is_named(stream: Path) -> None:
    write(stream, STREAMS["errors"])
    assert "this controller rolled back; the recorded course went to 50 % at 10:16:40Z" in replayed(stream)[1]


def test_fewer_checks_are_printed_on_demand(stream: Path) -> None:
    write(stream, STREAMS["errors"])
    counts = [len(objects(replayed(stream, "--output", "json", "--checks", which)[1])) - 1 for which in ("all", "changes", "last")]
    assert counts[0] == 11
    assert counts[0] > counts[1] > counts[2] == 1


def test_table_and_sentence_show_a_latency_in_one_unit_and_a_guard_with_as_many_digits(stream: Path) -> None:
    write(stream, STREAMS["slow"])
    text = replayed(stream, "--checks", "last")[1]
    assert "p95_latency      3.07 s (25)      2.23 s (159)" in text
    assert ">1.30  breach!" in text
    assert "p95_latency: canary 3.07 s (25 latencies), stable 2.23 s (159)" in text
    assert "beyond the guard of 1.30" in text


def test_the_same_stream_gives_the_same_bytes(stream: Path) -> None:
    write(stream, STREAMS["slow"])
    assert replayed(stream, "--output", "json") == replayed(stream, "--output", "json")


def test_names_in_a_stream_reach_no_terminal(stream: Path) -> None:
    lines = list(events(replace(STREAMS["good"], lasts_s=400.0)))
    lines[-1] = {**lines[-1], "session": HOSTILE, "arm": "canary", "flags": ["safety", HOSTILE]}
    stream.write_text("".join(json.dumps(line) + "\n" for line in lines))
    code, text = replayed(stream, "--steps", "20:5m,100:0", "--ignore-weights")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert replayed(stream, "--output", "json")[1].isascii()
    assert code in (3, 5)


def test_sessions_that_changed_their_arm_are_named(stream: Path) -> None:
    lines = list(events(replace(STREAMS["good"], lasts_s=600.0)))
    moved = {line["session"] for line in lines if line.get("turn") == 2 and line["time"] > 1_767_261_900}
    lines = [{**line, "arm": "stable"} if line.get("session") in moved and line["turn"] == 2 else line for line in lines]
    stream.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert " times a session came back on another arm than its first" in replayed(stream)[1]


def test_a_stray_time_is_one_clear_line_and_not_a_replay_without_end(
    stream: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(stream, replace(STREAMS["good"], lasts_s=100.0))
    stray = {"time": 0, "session": "a", "arm": "stable", "turn": 1, "ok": True, "latency_ms": 1}
    stream.write_text(json.dumps(stray) + "\n" + "\n".join(stream.read_text().splitlines()[1:]))
    monkeypatch.setattr("sys.argv", ["goldfinch", "rollout", "replay", str(stream)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "E3027" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--steps", "10:30m"), "E3025"),
        (("--steps", "50:1m,10:1m,100:0"), "E3025"),
        (("--steps", "ten,100"), "E3025"),
        (("--steps", "20:15m,100:0"), "--ignore-weights"),
        (("--config", "missing.yaml"), "missing.yaml"),
        (("--environment", "prod"), "known: local, production, staging"),
    ],
)
def test_a_wrong_option_is_one_clear_line(
    options: tuple[str, ...], says: str, stream: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(stream, replace(STREAMS["good"], lasts_s=100.0))
    monkeypatch.setattr("sys.argv", ["goldfinch", "rollout", "replay", str(stream), *options])
    with pytest.raises(SystemExit) as ended:
        main()
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert error.count("\n") == 1
    assert says in error


def test_a_stream_can_be_replayed_at_the_speed_of_a_clock(stream: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    write(stream, STREAMS["low_score"])
    assert replayed(stream, "--speed", "60")[0] == 5
    assert waited == [2.0, 1.0]  # the checks at 10:02 and 10:03


def test_a_recording_that_begins_at_100_percent_promotes_nothing(stream: Path) -> None:
    turns = ({"time": 1000 + at, "session": f"s{at}", "arm": "canary", "turn": 1, "ok": True, "latency_ms": 5} for at in range(1, 4000))
    stream.write_text("".join(json.dumps(line) + "\n" for line in ({"time": 1000, "weight": 100}, *turns)))

    code, text = replayed(stream)

    assert code == 3
    assert "nothing was compared before it" in text
