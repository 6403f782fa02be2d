"""Whatever bytes a verdict's or a comparison's file holds, it is refused in one line, or shown within every limit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from goldfinch.adapters.files.comparison_file import comparison_json, read_comparison
from goldfinch.adapters.files.verdicts import decode_verdict, report_of
from goldfinch.adapters.verdicts.json import verdict_json
from goldfinch.core.errors import ConfigurationError, RunDirectoryError
from goldfinch.core.gates.outcome import GateName
from goldfinch.core.review import Review
from goldfinch.core.reviewing.annotations import annotations_of
from goldfinch.core.reviewing.comment import MAX_CHARACTERS, MAX_LINES, render_comment
from goldfinch.core.reviewing.marker import read_mark
from goldfinch.core.reviewing.step_summary import render_step_summary
from tests.fuzz.test_readers import bytes_like, may_refuse
from tests.review_samples import OPEN, UNSAFE, blocked_review, gates, review_with, verdict_of

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]
VERDICT = verdict_json(verdict_of(gates({GateName.AI_QUALITY: (UNSAFE, OPEN)})))
NUMBERS = st.sampled_from([0.0, -0.0, 1e-320, 1e308, -1e308, 0.1, 1e16, -7.5, 5, 2**62]) | st.floats(allow_nan=False, allow_infinity=False)


def require_shown(review: Review) -> None:
    comment = render_comment(review)
    assert len(comment.splitlines()) <= MAX_LINES
    assert len(comment) <= MAX_CHARACTERS
    assert read_mark(comment) is not None
    assert len(render_step_summary(review, 30_000).encode()) <= 30_000
    assert len(annotations_of(review)) <= 30


def test_any_changed_verdict_is_shown_or_refused(fuzz: Fuzz) -> None:
    @fuzz(300, bytes_like(VERDICT.encode()))
    def _(content: bytes) -> None:
        with may_refuse(ConfigurationError):
            require_shown(replace(blocked_review(), gates=report_of(decode_verdict(content, "verdict.json"))))


def test_any_changed_comparison_is_shown_or_refused(fuzz: Fuzz, tmp_path: Any) -> None:
    path = tmp_path / "report.json"
    sound = blocked_review().comparison
    assert sound is not None

    @fuzz(300, bytes_like(comparison_json(sound).encode()))
    def _(content: bytes) -> None:
        path.write_bytes(content)
        with may_refuse(RunDirectoryError):
            require_shown(replace(blocked_review(), comparison=read_comparison(path)))


def test_any_figures_are_shown(fuzz: Fuzz) -> None:
    document = json.loads(VERDICT)
    finding = document["outcomes"][2]["findings"][0]

    @fuzz(
        300, *(NUMBERS,) * 4, st.sampled_from(["safety", "cost_per_request", "p95_latency_ms", "bandit", "coverage_lines", "cost_increase"])
    )
    def _(value: float, threshold: float, low: float, high: float, name: str) -> None:
        finding.update(value=value, threshold=threshold, low=low, high=high, name=name)
        report = report_of(decode_verdict(json.dumps(document).encode(), "verdict.json"))
        base = blocked_review()
        assert base.comparison is not None
        metrics = tuple(
            replace(one, metric=name, baseline=value, current=threshold, difference=low, low=low, high=high, margin=abs(high))
            for one in base.comparison.metrics
        )
        require_shown(replace(base, gates=report, comparison=replace(base.comparison, metrics=metrics), budget_usd=abs(value)))


def test_any_text_is_shown(fuzz: Fuzz) -> None:
    @fuzz(60, st.text(st.characters(exclude_categories=()), max_size=3_000))
    def _(text: str) -> None:
        require_shown(review_with(text))
