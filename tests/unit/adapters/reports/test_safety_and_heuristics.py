"""Reports name the unsafe cases, and call a heuristic one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from goldfinch.core.results.manifest import MetricIdentity
from goldfinch.core.results.records import MetricScore, ScoreStatus
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_record

Render = Callable[..., str]


def unsafe_run(case_id: str = "refund-7") -> InMemoryRun:
    metrics = (MetricIdentity("safety", "1", 1.0), MetricIdentity("coherence", "1", None, is_heuristic=True))
    run = InMemoryRun(replace(sample_manifest(cases=2), metrics=metrics))
    for name, value in ((case_id, 0.0), ("fine", 1.0)):
        safety = MetricScore("safety", "1", ScoreStatus.SCORED, value, value == 1.0, "gives away GitHub token ghp_…")
        scores = (safety, MetricScore("coherence", "1", ScoreStatus.SCORED, 0.8))
        run.score_lines.append(replace(sample_record(name), scores=scores, passed=value == 1.0))
    return run


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_the_unsafe_case_is_counted_and_named(render: Render, name: str) -> None:
    shown = render(unsafe_run(), name).replace("\\", "")
    assert "safety: 1 unsafe case (refund-7) of 2" in shown
    assert "coherence (heuristic)" in shown


def test_junit_says_the_same_in_its_properties(render: Render) -> None:
    shown = render(unsafe_run(), "junit")
    assert 'name="safety" value="safety: 1 unsafe case (refund-7) of 2"' in shown
    assert ", 2 cases, heuristic" in shown


@pytest.mark.parametrize("name", ["text", "markdown"])
def test_a_hostile_case_id_stays_text(render: Render, name: str) -> None:
    for text in (text for text in HOSTILE_TEXTS.values() if text.isascii()):
        shown = render(unsafe_run(text), name)
        assert "\x1b]" not in shown
        if name == "markdown":
            assert "<script" not in shown.lower().partition("<details>")[0]
