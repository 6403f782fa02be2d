from __future__ import annotations

from dataclasses import replace

import pytest

from goldfinch.core.reviewing.comment import render_comment
from goldfinch.core.reviewing.marker import Mark, may_replace, read_mark
from tests.review_samples import blocked_review

EARLY, LATE = "20261123T091500Z-1f3a9c2b", "20261124T091500Z-0a000000"


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        (Mark("100", 1), Mark("101", 1), True),
        (Mark("101", 1), Mark("100", 7), False),
        (Mark("99", 1), Mark("100", 1), True),
        (Mark("100", 2), Mark("100", 1), False),
        (Mark("100", 1), Mark("100", 1), True),
        (Mark("100", 1), Mark("100", 2), True),
        (Mark(EARLY), Mark(LATE), True),
        (Mark(LATE), Mark(EARLY), False),
        (Mark(EARLY), Mark("100"), True),
        (Mark("100"), Mark(LATE), False),
        (Mark("nightly"), Mark("other"), False),
        (Mark("nightly"), Mark("nightly"), True),
    ],
)
def test_a_stale_run_never_writes_over_a_newer_one(old: Mark, new: Mark, may: bool) -> None:
    assert may_replace(f"{old}\n### ❌ …", new) is may


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "a person's words",
        "a person's words\n<!-- goldfinch:report v1 run=1 attempt=1 -->",
        "<!-- goldfinch:report v2 run=1 attempt=1 -->",
        "<!-- goldfinch:report v1 run=a b attempt=1 -->",
        "<!-- goldfinch:report v1 run=1 attempt=x -->",
        "<!-- goldfinch:report v1 run= attempt=1 -->",
        f"<!-- goldfinch:report v1 run={'9' * 5_000} attempt=1 -->",
    ],
)
def test_what_is_not_ours_is_never_written_over(comment: str) -> None:
    assert read_mark(comment) is None
    assert not may_replace(comment, Mark("999"))


def test_a_run_id_cannot_end_the_mark() -> None:
    forged = replace(blocked_review(), pipeline_run="1 attempt=9 --><script>alert(1)</script>")
    first = render_comment(forged).splitlines()[0]
    assert first == "<!-- goldfinch:report v1 run=1_attempt_9_--__script_alert_1___script_ attempt=2 -->"
    assert read_mark(first) == Mark("1_attempt_9_--__script_alert_1___script_", 2)
