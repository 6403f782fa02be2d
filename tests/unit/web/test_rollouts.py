"""The API of rollouts: the same JSON as the command line's, and verbs that are carried out once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from goldfinch.core.escaping import for_terminal
from goldfinch.core.rollout.evidence import Verb
from goldfinch.core.rollout.overview_json import decision_facts, overview_facts
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.web.app import make_app
from tests.asgi_client import Answer, ask
from tests.rollout_page import BAKING, TOKENS, Desk

RELEASER = {"authorization": f"Bearer {TOKENS.releaser}"}


async def post(app: Any, path: str, **document: Any) -> Answer:
    return await ask(app, "POST", f"/v1/rollouts{path}", headers=RELEASER, document=document)


async def get(desk: Desk, path: str) -> Answer:
    return await ask(make_app(desk.tools()), "GET", path, headers=RELEASER)


async def test_the_one_that_is_under_way_comes_first_then_the_newest() -> None:
    found = (await get(Desk(), "/v1/rollouts")).json["rollouts"]
    assert found[0]["id"] == BAKING
    assert [row["phase"] for row in found] == ["Progressing", "WaitingApproval", "RolledBack", "Succeeded"]
    assert found[0]["weight_percent"] == 50


async def test_those_of_one_environment() -> None:
    found = (await get(Desk(), "/v1/rollouts?environment=staging")).json["rollouts"]
    assert [row["environment"] for row in found] == ["staging"]


async def test_one_is_the_overview_that_the_command_line_prints() -> None:
    desk = Desk()
    answer = (await get(desk, f"/v1/rollouts/{BAKING}")).json
    expected = json.loads(json.dumps(overview_facts(desk.samples.overview(BAKING))))
    assert {**answer, "now": ""} | {"line": ""} == {**expected, "now": ""} | {"line": ""}


async def test_its_history_has_every_decision_and_check() -> None:
    desk = Desk()
    answer = (await get(desk, f"/v1/rollouts/{BAKING}/history")).json
    assert answer["decisions"] == json.loads(json.dumps([decision_facts(each) for each in desk.samples.store.decisions(BAKING)]))


async def test_an_unknown_one_is_404_with_its_line() -> None:
    answer = await get(Desk(), "/v1/rollouts/ro_nowhere")
    assert (answer.status, answer.json["code"]) == (404, "E2901")


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb is not Verb.SUPERSEDE])
async def test_every_verb_is_handed_on_as_it_was_asked(verb: Verb) -> None:
    desk = Desk()
    answer = await post(make_app(desk.tools()), f"/{BAKING}/{verb}", by="Ada", reason="because", id="r-1")
    assert answer.status == 202
    assert answer.json["id"] == BAKING
    assert [(asked.id, asked.rollout_id, asked.verb, asked.by, asked.reason) for asked in desk.asked] == [
        ("r-1", BAKING, verb, "Ada", "because")
    ]


async def test_what_is_no_verb_of_a_person_is_not_found() -> None:
    for verb in ("supersede", "frobnicate", "Promote"):
        assert (await post(make_app(Desk().tools()), f"/{BAKING}/{verb}", by="Ada")).status == 404
    assert (await post(make_app(Desk().tools()), f"/{BAKING}/promote-full", by="Ada")).status == 202


async def test_sent_twice_with_one_id_it_is_asked_once_and_answered_twice() -> None:
    desk = Desk()
    app = make_app(desk.tools())
    first, second = [await post(app, f"/{BAKING}/pause", by="Ada", reason="r", id="one") for _ in range(2)]
    assert (first.status, second.status) == (202, 202)
    assert first.json == second.json
    assert len(desk.asked) == 1


async def test_an_id_of_another_request_is_refused() -> None:
    desk = Desk()
    app = make_app(desk.tools())
    await post(app, f"/{BAKING}/pause", by="Ada", id="one")
    for path, by in ((f"/{BAKING}/abort", "Ada"), (f"/{BAKING}/pause", "Eve")):
        assert (await post(app, path, by=by, id="one")).status == 409
    assert len(desk.asked) == 1


async def test_without_an_id_each_is_a_request_of_its_own() -> None:
    desk = Desk()
    app = make_app(desk.tools())
    for _ in range(2):
        await post(app, f"/{BAKING}/pause", by="Ada")
    assert len({asked.id for asked in desk.asked}) == 2


async def test_a_start_is_handed_on_unread_and_once_by_its_id() -> None:
    desk = Desk()
    app = make_app(desk.tools())
    answers = [await post(app, "", release="v1", environment="staging", by="Ada", id="s-1") for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 200]
    assert desk.started == [{"release": "v1", "environment": "staging", "by": "Ada"}]


async def test_again_is_not_there_where_the_server_cannot() -> None:
    assert (await post(make_app(Desk().tools()), f"/{BAKING}/again", by="Ada", reason="r", force=True)).status == 404


async def test_texts_are_ascii_on_the_wire_and_visible_for_the_page() -> None:
    desk = Desk()
    app = make_app(desk.tools())
    waiting = "ro_20261124T144800Z_77e20b19"
    row = desk.samples.store.rows[waiting]
    for text in HOSTILE_TEXTS.values():
        desk.samples.store.rows[waiting] = replace(row, state=replace(row.state, reason=text), created_by=text)
        plain = await ask(app, "GET", f"/v1/rollouts/{waiting}", headers=RELEASER)
        shown = await ask(app, "GET", f"/v1/rollouts/{waiting}?text=shown", headers=RELEASER)
        assert plain.body.isascii()
        assert plain.body.decode().isprintable()
        assert plain.json["rollout"]["state"]["reason"] == text
        assert shown.json["rollout"]["state"]["reason"] == for_terminal(text)
        assert shown.json["rollout"]["created_by"] == for_terminal(text)


@pytest.mark.parametrize("key", ["by", "reason"])
async def test_half_characters_reach_no_store(key: str) -> None:
    answer = await post(make_app(Desk().tools()), f"/{BAKING}/pause", **{key: "\ud800"})
    assert (answer.status, answer.json["detail"]) == (400, "the body is no JSON")
