"""What is asked for when a rollout is to start, also over HTTP."""

from __future__ import annotations

import pytest

from goldfinch.core.errors import UsageError
from goldfinch.core.rollout.asked import StartAsked, asked_facts, read_asked


def test_what_is_sent_is_read_back() -> None:
    asked = StartAsked("v2", "staging", "anna", stable="v1", percentage=10, approval=False, wait=True, reason="because")
    assert read_asked(asked_facts(asked)) == asked


def test_the_servers_own_time_scale_counts() -> None:
    assert "time_scale" not in asked_facts(StartAsked("v2", time_scale="60"))
    with pytest.raises(UsageError, match="unknown key `time_scale`"):
        read_asked({"canary": "v2", "time_scale": "60"})


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (None, "is no JSON object"),
        ([], "is no JSON object"),
        ({}, "`canary` is missing"),
        ({"canary": 3}, "`canary` is a int"),
        ({"canary": "v", "percentage": True}, "`percentage` is a bool"),
        ({"canary": "v", "percentage": "10"}, "`percentage` is a str"),
        ({"canary": "v", "wait": 1}, "`wait` is a int"),
        ({"canary": "v", "colour": 1}, "unknown key `colour`"),
        ({"canary": "v", "wait": True, "supersede": True}, "--wait waits"),
        ({"canary": "v", "stable": "w", "first_release": True}, "--first-release"),
    ],
)
def test_what_is_wrong_is_named(document: object, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_asked(document)
    assert refused.value.code == "E3614"
    assert words in str(refused.value)
