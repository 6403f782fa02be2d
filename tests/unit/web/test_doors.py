"""What every request passes: host, origin, sizes; what every answer carries; and what nobody is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from goldfinch.core.errors import GoldfinchError, InfrastructureError
from goldfinch.web.app import make_app
from goldfinch.web.doors import HEADERS
from tests.asgi_client import Answer, ask, scope_of
from tests.rollout_page import BAKING, TOKENS, Desk

RELEASER = {"authorization": f"Bearer {TOKENS.releaser}"}
PAUSE = f"/v1/rollouts/{BAKING}/pause"
BODY = {"by": "ada", "reason": ""}


async def answers(path: str, *, method: str = "GET", desk: Desk | None = None, **more: Any) -> Answer:
    return await ask(make_app((desk or Desk()).tools()), method, path, **more)


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/rollouts", "/v1/traces", "/nowhere"])
async def test_a_name_that_was_pointed_at_this_machine_is_not_answered(path: str) -> None:
    answer = await answers(path, host="evil.example:4318", headers=RELEASER)
    assert answer.status == 421
    assert answer.json["code"] == "E3653"


async def test_two_hosts_or_none_are_not_answered() -> None:
    app = make_app(Desk().tools())
    for headers in ([], [("host", "127.0.0.1"), ("host", "127.0.0.1")]):
        answer = Answer()

        async def send(message: dict[str, Any], answer: Answer = answer) -> None:
            answer.status = message.get("status", answer.status)

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        await app(scope_of("GET", "/healthz", headers), receive, send)  # type: ignore[arg-type]
        assert answer.status == 421


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
     {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-site"}],
)  # fmt: skip
async def test_a_page_of_another_origin_changes_nothing_even_with_the_token(headers: dict[str, str]) -> None:
    desk = Desk()
    answer = await answers(PAUSE, method="POST", desk=desk, headers=RELEASER | headers, document=BODY)
    assert answer.status == 403
    assert answer.json["code"] == "E3654"
    assert not desk.asked


async def test_nobody_is_invited_to_read_across_origins() -> None:
    headers = {"origin": "http://evil.example", "access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    answer = await answers(PAUSE, method="OPTIONS", headers=headers)
    assert answer.status == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"x" * 70_000, "application/json", 413), (b"{", "application/json", 400), (b"[]", "application/json", 400),
        (b"", "application/json", 400),
        (b"\xff\xfe", "application/json", 400), (b'{"by": NaN}', "application/json", 400), (b"[" * 60_000, "application/json", 400),
        (b"by=ada", "application/x-www-form-urlencoded", 415), (b"{}", "text/plain", 415), (b"{}", "", 415),
        (b'{"by": 1}', "application/json", 400), (b'{"by": "a", "sudo": true}', "application/json", 400),
        (b'{"by": null}', "application/json", 400),
        (b'{"by": "a", "id": "../x"}', "application/json", 400), (json.dumps({"by": "a" * 3000}).encode(), "application/json", 400),
    ],
)  # fmt: skip
async def test_what_is_no_small_json_object_of_known_keys_is_refused_in_a_line(content: bytes, kind: str, status: int) -> None:
    desk = Desk()
    answer = await answers(PAUSE, method="POST", desk=desk, headers=RELEASER | {"content-type": kind}, body=content)
    assert answer.status == status
    assert answer.json["code"] == "E3655"
    assert "\n" not in answer.json["detail"]
    assert not desk.asked


async def test_huge_headers_and_paths_are_refused() -> None:
    assert (await answers("/healthz", headers={"x-large": "x" * 20_000})).status == 431
    assert (await answers(f"/v1/rollouts/{'x' * 5_000}", headers=RELEASER)).status == 414


@pytest.mark.parametrize("path", ["/v1/rollouts/..%2f..%2fetc", "/v1/rollouts/<script>", "/v1/rollouts/a b", f"/v1/rollouts/{'x' * 101}"])
async def test_what_can_be_no_id_is_asked_of_no_store(path: str) -> None:
    assert (await answers(path, headers=RELEASER)).status == 404


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/rollouts", "/nowhere", f"/v1/rollouts/{BAKING}"])
async def test_every_answer_carries_the_headers(path: str) -> None:
    answer = await answers(path)
    assert {name: answer.headers.get(name) for name in HEADERS if name != "cache-control"} == {
        name: value for name, value in HEADERS.items() if name != "cache-control"
    }
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] in ("no-store", "no-cache")
    assert "server" not in answer.headers


async def test_what_nobody_expected_is_a_line_in_the_log_and_none_of_it_in_the_answer() -> None:
    desk = Desk()

    def broken(rollout_id: str) -> Any:
        raise ZeroDivisionError(f"password=hunter2 \x1b[2J {rollout_id}")

    app = make_app(desk.tools(overview=broken))
    answer = await ask(app, "GET", f"/v1/rollouts/{BAKING}", headers=RELEASER)
    assert answer.status == 500
    assert answer.json["code"] == "E3659"
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text
    assert len(desk.lines) == 1
    assert "ZeroDivisionError" in desk.lines[0]
    assert "\x1b" not in desk.lines[0]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InfrastructureError("the disk is full", code="E2801"), 503), (GoldfinchError("no", code="E2952"), 409),
        (GoldfinchError("no", code="E9999"), 422),
    ],
)  # fmt: skip
async def test_refusals_keep_their_line_their_code_and_their_exit_code(error: GoldfinchError, status: int) -> None:
    desk = Desk()

    def refuse(_: Any) -> None:
        raise error

    desk.refuse = refuse
    answer = await answers(PAUSE, method="POST", desk=desk, headers=RELEASER, document=BODY)
    assert answer.status == status
    assert (answer.json["code"], answer.json["detail"], answer.json["exit_code"]) == (error.code, str(error.problem), int(error.exit_code))


async def test_guessing_is_slowed_down_and_a_right_token_is_never_locked_out() -> None:
    app = make_app(Desk().tools())
    tries = [await ask(app, "GET", "/v1/me", headers={"authorization": f"Bearer guess-{number}"}) for number in range(15)]
    assert [answer.status for answer in tries] == [401] * 10 + [429] * 5
    assert 1 <= int(tries[-1].headers["retry-after"]) <= 60
    assert (await ask(app, "GET", "/v1/me", headers={"authorization": "Bearer x"}, client="10.0.0.9")).status == 401
    assert (await ask(app, "GET", "/v1/me", headers=RELEASER)).status == 200
