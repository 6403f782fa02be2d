"""A miss says in one line what was asked, what is nearest, and what differs."""

from __future__ import annotations

import json
from typing import Any

from goldfinch.core.wire.bodies import json_bytes
from goldfinch.core.wire.exchanges import Matching, SentRequest
from goldfinch.core.wire.misses import miss_line, used_up_line

URL = "https://api.example.com/v1/chat/completions"


def request(url: str = URL, **body: Any) -> SentRequest:
    return SentRequest("POST", url, (), json_bytes(body, canonical=True))


def line(asked: SentRequest, *recorded: SentRequest) -> str:
    return miss_line(asked, recorded, Matching())


def test_names_the_address_and_the_member_that_differs() -> None:
    asked = request(model="m", messages=[{"role": "user", "content": "When does it open?"}])
    recorded = request(model="m", messages=[{"role": "user", "content": "Where does it open?"}])
    assert line(asked, recorded) == (
        f"no reply is recorded to POST {URL}; the nearest recorded request differs in messages[0].content: "
        "recorded 'Where does it open?', asked 'When does it open?'"
    )


def test_the_nearest_has_the_fewest_differences_then_the_longest_common_start() -> None:
    asked = request(model="m", text="alpha beta", temperature=0)
    far, near = request(model="n", text="gamma", temperature=1), request(model="m", text="alpha gamma", temperature=0)
    nearer = request(model="m", text="alpha betb", temperature=0)
    assert "recorded 'alpha betb'" in line(asked, far, near, nearer)


def test_shows_long_texts_where_they_begin_to_differ() -> None:
    asked, recorded = request(text="x" * 500 + "NOW" + "y" * 500), request(text="x" * 500 + "OLD" + "y" * 500)
    shown = line(asked, recorded)
    assert "NOW" in shown
    assert "OLD" in shown
    assert len(shown) < 400


def test_tells_a_member_that_is_new_or_gone_and_counts_the_rest() -> None:
    assert "seed: recorded nothing, asked 7" in line(request(model="m", seed=7), request(model="m"))
    assert "seed: recorded 7, asked nothing" in line(request(model="m"), request(model="m", seed=7))
    assert "and 2 more" in line(request(a=1, b=1, c=1, d=1, e=1), request(a=2, b=2, c=2, d=2, e=2))


def test_tells_another_address_and_another_method() -> None:
    shown = line(SentRequest("PUT", URL, (), b"{}"), SentRequest("POST", "https://other.example/v1", (), b"{}"))
    assert "the method: recorded POST, asked PUT" in shown
    assert "recorded https://other.example/v1" in shown


def test_bodies_that_are_no_json_are_compared_as_texts() -> None:
    assert "the body: recorded 'a=1', asked 'a=2'" in line(SentRequest("POST", URL, (), b"a=2"), SentRequest("POST", URL, (), b"a=1"))


def test_says_so_where_nothing_comes_near() -> None:
    assert line(request()).endswith("nothing that was recorded comes near it")


def test_stays_one_line_whatever_the_bodies_hold() -> None:
    shown = line(request(text="a\nb\x1b[2J"), request(text="a\r\nc"))
    assert shown.isprintable()
    assert json.dumps(shown)


def test_a_request_that_is_used_up_says_how_often_it_was_recorded() -> None:
    assert "recorded once and is asked once more" in used_up_line(request(), 1)
    assert "recorded 3 times" in used_up_line(request(), 3)
