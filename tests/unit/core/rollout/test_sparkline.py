"""Lines of blocks."""

from __future__ import annotations

from goldfinch.core.rollout.sparkline import bar, sparkline


def test_the_lowest_is_the_lowest_block_and_the_highest_the_highest() -> None:
    assert sparkline([0, 1, 2, 3], 10) == "▁▃▆█"


def test_what_is_missing_is_a_dot_and_never_the_lowest() -> None:
    assert sparkline([1.0, None, float("nan"), 2.0], 10) == "▁··█"


def test_the_latest_are_kept() -> None:
    assert sparkline([9, 0, 1], 2) == "▁█"
    assert sparkline([1, 2], 0) == ""


def test_a_level_line_and_no_line_are_shown() -> None:
    assert sparkline([3, 3], 5) == "▁▁"
    assert sparkline([], 5) == ""
    assert sparkline([None], 5) == "·"


def test_plain_is_ascii() -> None:
    assert sparkline([0, None, 9], 5, plain=True).isascii()
    assert bar(0.5, 4, plain=True) == "##.."
    assert bar(0.5, 4) == "██░░"
    assert bar(7.0, 4) == "████"
