"""One suite for the replies of a judge in memory and on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from goldfinch.adapters.files.judge_replies import JudgeReplyFile
from goldfinch.core.output import Failure, FailureKind, Output
from goldfinch.core.results.records import OutputRecord
from goldfinch.ports.judge_replies import JudgeReplies
from goldfinch.testing.judge_replies import InMemoryReplies

Open = Callable[[], JudgeReplies]


def record(key: str, output: Output) -> OutputRecord:
    return OutputRecord("case", key, 0, "2026-11-24T00:00:00Z", output)


@pytest.fixture(params=["memory", "disk"])
def open_replies(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    kept = InMemoryReplies()
    return (lambda: kept) if request.param == "memory" else (lambda: JudgeReplyFile(tmp_path))


def test_finds_a_reply_again_after_it_was_closed(open_replies: Open) -> None:
    first = open_replies()
    first.append(record("a", Output(text="one", cost_usd=0.25)))
    first.append(record("b", Output(text="two", cost_usd=None)))
    assert first.get("a") == Output(text="one", cost_usd=0.25)
    first.close()
    second = open_replies()
    assert second.get("b") == Output(text="two")
    assert second.get("c") is None
    assert second.spent_usd == 0.25
    second.close()


def test_the_last_reply_counts_and_all_are_paid(open_replies: Open) -> None:
    replies = open_replies()
    replies.append(record("a", Output(text="one", cost_usd=0.25)))
    replies.append(record("a", Output(text="two", cost_usd=0.5)))
    assert replies.get("a") == Output(text="two", cost_usd=0.5)
    assert replies.spent_usd == 0.75
    replies.close()


def test_a_failure_is_paid_and_is_no_reply(open_replies: Open) -> None:
    replies = open_replies()
    replies.append(record("a", Output(failure=Failure(FailureKind.INVALID_OUTPUT, "no text"), cost_usd=0.5)))
    assert replies.get("a") is None
    assert replies.spent_usd == 0.5
    replies.close()
