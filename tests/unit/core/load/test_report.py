"""A benchmark in words, for people and against hostile text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.load.report import markdown, objective_line, terminal_lines
from goldfinch.core.load.stored import against_stored
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from tests.benchmark_results import result


def test_the_verdict_stands_first_and_every_figure_has_its_interval() -> None:
    page = markdown(result(), against_stored(result(), None))
    assert page.splitlines()[2].startswith("**no baseline**")
    assert "| search | closed loop, 4 clients | 400 of 400 |" in page
    assert "unknown" in page  # the cost


def test_an_invalid_result_says_so_first() -> None:
    bad = replace(result(), problems=("interrupted before its last iteration",))
    lines = markdown(bad, against_stored(bad, result())).splitlines()
    assert lines[2].startswith("**invalid**")
    assert lines[4] == "- interrupted before its last iteration"


@pytest.mark.parametrize(("share", "words"), [(1.01, "is within"), (0.5, "is certainly above"), (0.99, "may be above")])
def test_an_objective_is_missed_for_certain_only_beyond_the_interval(share: float, words: str) -> None:
    found = result(iterations=6).scenarios[0]
    assert found.latency is not None
    scenario = replace(found, p95_objective_ms=share * found.latency.p95.value, min_rps=None)
    line = objective_line(scenario)
    assert line is not None
    assert words in line


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_hostile_names_reach_neither_terminal_nor_page(text: str) -> None:
    scenario = replace(result().scenarios[0], name=text, target=text, load=text, errors={text: 3}, notes=(text,), problems=(text,))
    hostile = replace(result(), scenarios=(scenario,))
    page = markdown(hostile, against_stored(hostile, None))
    for line in (*terminal_lines(hostile), *page.splitlines()):
        assert "\x1b" not in line
        assert "\n" not in line
    assert "<script" not in page.lower()
    assert "![" not in page.replace("\\!\\[", "").replace("!\\[", "")
