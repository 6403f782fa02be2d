from __future__ import annotations

import pytest

from goldfinch.core.wire.paths import PathNotFound, find, look_up

REPLY = {"choices": [{"message": {"content": "hi"}}, {"message": None}]}


def test_follows_names_and_positions() -> None:
    assert look_up(REPLY, "choices.0.message.content") == "hi"
    assert look_up(REPLY, "choices.-1.message") is None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("choice.0", "the top has 'choices'"),
        ("choices.9", "choices is a list of 2"),
        ("choices.1.message.x", "is NoneType"),
        ("choices.x", "list"),
    ],
)
def test_says_how_far_it_got(path: str, said: str) -> None:
    with pytest.raises(PathNotFound, match=said):
        look_up(REPLY, path)


def test_find_gives_none_for_what_is_absent() -> None:
    assert find(REPLY, "a.b") is None
    assert find(REPLY, None) is None
