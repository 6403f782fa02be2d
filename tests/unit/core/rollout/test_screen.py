"""The operator's screen as words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from goldfinch.core.health.outcome import MetricState
from goldfinch.core.rollout.plan import RolloutPlan
from goldfinch.core.rollout.screen import Tone, as_text, screen, tone_of, wrapped
from goldfinch.core.rollout.state import Pause, PauseReason, Phase, RollbackPhase, RolloutState
from tests.shown_rollouts import BAKING, BEGUN, DECISIONS, HOSTILE, NOW, checked, rollout_row, shown_overview


def shown(width: int = 120, **changes: Any) -> str:
    return as_text(screen(shown_overview(**changes), width))


def test_the_first_lines_say_state_reason_and_what_is_next_with_a_countdown() -> None:
    first, second, third, *_ = shown().splitlines()
    assert first.startswith("Progressing(step 1 of 3: Baking)  shop in production  ro_1")
    assert second == "10 % is verified and warm"
    assert third == "next: 50 % if the measurements up to then pass (14:30Z, in 17m30s)"


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_everything_of_the_operators_screen_is_on_it(width: int) -> None:
    text = " ".join(shown(width).split())
    for words in (
        "wanted 10 % served 10 % verified 10 %",
        "step 1 of 3: 10 %",
        "baked 12m30s of 30m",
        "error_rate",
        "1.60",
        "≤1.05",
        "212/1,900",
        "500",
        "lacks error_rate: 212 of 500 canary sessions",
        "rel_new",
        "rel_old",
        "prompt support.md: 3 lines changed",
        "pinned to the canary 41, streams and requests in flight 3, changed their arm 0",
        "approved by grace",
        "goldfinch rollout abort ro_1 --reason WHY",
        "2026-02-17",
        "differences within the guards are tolerated",
    ):
        assert words in text
    assert "▂" in text
    assert "█" in text


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_wider_than_the_window(width: int) -> None:
    for line in shown(width).splitlines():
        assert len(line) <= max(width, 72)


def test_an_id_that_does_not_fit_is_on_a_line_of_its_own() -> None:
    row = replace(rollout_row(), id="ro_20260301T140000Z_1f3a9c2b")
    first, second, *_ = as_text(screen(replace(shown_overview(), rollout=row), 79)).splitlines()
    assert first == "Progressing(step 1 of 3: Baking)  shop in production"
    assert second == row.id


def test_a_time_of_another_day_has_its_date() -> None:
    over_night = replace(BAKING, deadline=NOW + timedelta(days=1))
    assert "(2026-03-02 14:12:30Z, in 24h00m)" in as_text(screen(shown_overview(over_night), 120))


def test_plain_is_ascii_alone() -> None:
    assert as_text(screen(shown_overview(), 80, plain=True)).isascii()


def test_texts_of_others_command_nothing() -> None:
    state = replace(BAKING, reason=HOSTILE)
    text = as_text(screen(shown_overview(state, rollback_command=HOSTILE, blind_to=(HOSTILE,)), 80))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text


def test_a_breach_stands_out_and_so_does_a_share_that_is_not_the_one_that_was_asked_for() -> None:
    spans = [
        span for line in screen(shown_overview(decisions=(checked(1, state=MetricState.BREACH),), served_percent=50), 120) for span in line
    ]
    assert any(span.tone is Tone.BAD and "breach" in span.text for span in spans)
    assert any(span.tone is Tone.WAITS and "served 50 %" in span.text for span in spans)


def test_what_nobody_knows_is_said_and_no_zero() -> None:
    text = shown(pinned_canary_sessions=None, canary_in_flight=None, last_drill=None, served_percent=None)
    assert "pinned to the canary unknown, streams and requests in flight unknown" in text
    assert "never: goldfinch drill" in text
    assert "served" not in text


def test_without_a_check_it_says_so() -> None:
    assert "no check of the measurements yet" in shown(decisions=DECISIONS[:2])


def test_colours_follow_the_state() -> None:
    paused = RolloutState(phase=Phase.PAUSED, pause=Pause(PauseReason.OPERATOR_PAUSE, BEGUN, timedelta(minutes=5)))
    back = RolloutState(phase=Phase.ROLLING_BACK, part=RollbackPhase.DRAINING)
    assert tone_of(BAKING) is Tone.GOOD
    assert tone_of(paused) is Tone.WAITS
    assert tone_of(back) is Tone.BAD
    assert shown(state=back)
    assert shown(state=paused)


def test_a_time_scale_is_shown() -> None:
    overview = shown_overview()
    row = rollout_row(plan=RolloutPlan(time_scale=60.0))
    assert "times divided by 60" in as_text(screen(replace(overview, rollout=row), 120))


def test_words_are_wrapped_between_words_and_a_long_one_is_cut() -> None:
    assert wrapped("one two three", 10) == ("one two", "three")
    assert wrapped("x" * 25, 10) == ("x" * 10, "x" * 10, "x" * 5)
    assert wrapped("", 10) == ("",)


def test_the_end_has_no_way_back_where_there_is_nothing_to_go_back_from() -> None:
    over = RolloutState(phase=Phase.ROLLED_BACK, trigger="error_rate", reason="rolled back", entered_at=NOW)
    text = shown(state=over)
    assert "way back" not in text
    assert "next:" not in text
