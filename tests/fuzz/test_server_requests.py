"""Whatever a request says of itself, the server answers it in a line and never with a defect."""

from __future__ import annotations

import asyncio
import json

from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.serving.doors import from_elsewhere, host_name, is_answered
from goldfinch.web.app import make_app
from tests.asgi_client import ask
from tests.rollout_page import BAKING, TOKENS, Desk

DESK = Desk()
APP = make_app(DESK.tools())
PATHS = ["/", "/v1/rollouts", f"/v1/rollouts/{BAKING}", f"/v1/rollouts/{BAKING}/pause", "/v1/verdict", "/metrics", "/v1/me"]


@given(host=st.text(), names=st.frozensets(st.sampled_from(["localhost", "127.0.0.1", "::1"])))
def test_only_a_whole_known_name_is_answered(host: str, names: frozenset[str]) -> None:
    assert not is_answered(host, names) or host_name(host) in names


@given(origin=st.text(), site=st.none() | st.text())
def test_an_origin_that_is_not_the_servers_own_changes_nothing(origin: str, site: str | None) -> None:
    own = origin.strip().lower() in ("http://127.0.0.1:4318", "https://127.0.0.1:4318")
    refused = from_elsewhere("POST", host="127.0.0.1:4318", origin=origin, fetch_site=site)
    assert refused or own or origin.strip().lower().startswith(("http://127.0.0.1:4318", "https://127.0.0.1:4318"))


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "X"]),
    path=st.sampled_from(PATHS),
    suffix=st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=40),
    header=st.text(st.characters(codec="latin-1"), max_size=60),
    body=st.binary(max_size=200) | st.recursive(st.none() | st.text(), lambda inner: st.dictionaries(st.text(), inner)).map(json.dumps),
)
def test_no_request_is_a_defect(method: str, path: str, suffix: str, header: str, body: bytes | str) -> None:
    content = body if isinstance(body, bytes) else body.encode()
    for headers in ({"authorization": header}, {"authorization": f"Bearer {TOKENS.releaser}", "content-type": "application/json"}):
        answer = asyncio.run(ask(APP, method, path + suffix, headers=headers | {"x-other": header}, body=content))
        assert answer.status not in (0, 500), answer.text
    assert not DESK.lines
