"""Who serves whom: pins, tokens, hashes and shares, through a real Envoy."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from goldfinch.core.rollout.arms import arm_token, salt
from goldfinch.core.rollout.plan import SessionsOnRollback
from goldfinch.testing.clock import FakeClock
from goldfinch.testing.traffic_router_contract import CANARY, STABLE
from tests.envoy_world import Client, Reply, World, world

SESSIONS = 120


@pytest_asyncio.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as it:
        yield it


def returned(reply: Reply, how: str) -> dict[str, str]:
    """What a client sends back, of all that it was given."""
    return {
        "id": {"x-session-id": reply.headers["x-session-id"]},
        "header": {"x-goldfinch-arm": reply.headers["x-goldfinch-arm"]},
        "cookie": {"cookie": "; ".join(f"{name}={value}" for name, value in reply.cookies.items())},
    }[how]


async def begin(client: Client, count: int = SESSIONS) -> list[Reply]:
    return [await client.ask() for _ in range(count)]


@pytest.mark.parametrize("how", ["id", "header", "cookie"])
async def test_a_session_that_returns_what_it_was_given_keeps_its_arm_while_the_share_grows(proxy: World, how: str) -> None:
    router, client = proxy.router(), proxy.client()
    await router.set_canary_weight(10, canary=CANARY, stable=STABLE)
    first = await begin(client)
    assert {reply.release for reply in first} == {CANARY, STABLE}
    for percent in (50, 100):
        await router.set_canary_weight(percent, canary=CANARY, stable=STABLE)
        again = [await client.ask(**returned(reply, how)) for reply in first]
        assert [reply.release for reply in again] == [reply.release for reply in first]


@pytest.mark.parametrize("how", ["id", "header", "cookie"])
async def test_after_a_rollback_that_breaks_pins_nobody_is_on_the_canary(proxy: World, how: str) -> None:
    router, client = proxy.router(), proxy.client()
    await router.set_canary_weight(50, canary=CANARY, stable=STABLE)
    first = await begin(client)
    await router.set_canary_weight(0, canary=CANARY, stable=STABLE, sessions=SessionsOnRollback.BREAK)
    before = proxy.canary.requests
    again = [await client.ask(**returned(reply, how)) for reply in first]
    assert {reply.release for reply in again} == {STABLE}
    stable_token = arm_token((proxy.proxy_folder / "key").read_bytes(), "ro_1", "stable")
    assert {reply.headers["x-goldfinch-arm"] for reply in again} == {stable_token}
    assert proxy.canary.requests == before


async def test_a_rollback_that_lets_sessions_finish_keeps_them_and_adds_none(proxy: World) -> None:
    router, client = proxy.router(), proxy.client()
    await router.set_canary_weight(50, canary=CANARY, stable=STABLE)
    first = await begin(client)
    await router.set_canary_weight(0, canary=CANARY, stable=STABLE, sessions=SessionsOnRollback.FINISH)
    again = [await client.ask(**returned(reply, "id")) for reply in first]
    assert [reply.release for reply in again] == [reply.release for reply in first]
    assert {reply.release for reply in await begin(client)} == {STABLE}


async def test_the_agent_gets_the_same_bare_id_in_every_turn_and_nothing_of_the_machinery(proxy: World) -> None:
    client = proxy.client()
    await proxy.router().set_canary_weight(100, canary=CANARY, stable=STABLE)
    first = await client.ask()
    second = await client.ask(**returned(first, "id"))
    third = await client.ask(**returned(second, "cookie"))
    named = await client.ask(**{"x-session-id": "mine:1"})
    ids = [reply.seen["headers"]["x-session-id"] for reply in (first, second, third, named)]
    assert ids[:3] == [ids[0]] * 3
    assert "." not in ids[0]
    assert ids[3] == "mine:1"
    inner = {"x-goldfinch-arm", "x-goldfinch-probe", "x-goldfinch-given", "x-goldfinch-pins"}
    assert not inner & set(second.seen["headers"])


@pytest.mark.parametrize(
    "forged",
    [
        {"x-goldfinch-arm": "0" * 32},
        {"x-goldfinch-arm": "canary"},
        {"x-session-id": "abc." + "0" * 32},
        {"cookie": "goldfinch-arm=" + "f" * 32},
        {"x-goldfinch-pins": "canary", "x-goldfinch-given": "1"},
        {"x-goldfinch-probe": "1"},
        {"x-goldfinch-probe": "0" * 32},
    ],
)
async def test_a_forged_token_gets_nothing(proxy: World, forged: dict[str, str]) -> None:
    await proxy.router().set_canary_weight(0, canary=CANARY, stable=STABLE)
    client = proxy.client()
    reply = await client.ask(**forged)
    assert reply.release == STABLE
    assert "x-goldfinch-probe" not in reply.seen["headers"]
    [line] = await proxy.logged(1)
    assert (line["pinned"], line["probe"]) == (False, False)


async def test_a_token_of_another_rollout_is_worth_nothing(proxy: World) -> None:
    client = proxy.client()
    await proxy.router("ro_1").set_canary_weight(100, canary=CANARY, stable=STABLE)
    old = await client.ask()
    await proxy.router("ro_2").set_canary_weight(0, canary=CANARY, stable=STABLE)
    assert (await client.ask(**returned(old, "id"))).release == STABLE


@pytest.mark.parametrize("percent", [10, 50])
async def test_the_share_of_new_sessions_is_the_one_asked_for(proxy: World, percent: int) -> None:
    await proxy.router().set_canary_weight(percent, canary=CANARY, stable=STABLE)
    count = 2000
    on_canary = sum(reply.release == CANARY for reply in await begin(proxy.client(), count))
    share = percent / 100
    assert abs(on_canary - count * share) < 4 * math.sqrt(count * share * (1 - share))


async def test_a_growing_share_takes_nobody_back_and_another_rollout_begins_with_others(proxy: World) -> None:
    client = proxy.client()
    names = [f"user-{number}" for number in range(300)]

    async def on_canary(rollout: str, percent: int) -> set[str]:
        await proxy.router(rollout).set_canary_weight(percent, canary=CANARY, stable=STABLE)
        return {name for name in names if (await client.ask(**{"x-session-id": name})).release == CANARY}

    ten, half = await on_canary("ro_1", 10), await on_canary("ro_1", 50)
    assert ten < half
    assert await on_canary("ro_2", 10) != ten


async def test_sessions_of_the_stable_release_move_once_they_had_their_time(proxy: World) -> None:
    clock, client = FakeClock(), proxy.client()
    router = proxy.router(clock=clock, session_drain=timedelta(minutes=10))
    await router.set_canary_weight(0, canary=CANARY, stable=STABLE)
    first = await client.ask()
    await router.set_canary_weight(100, canary=CANARY, stable=STABLE)
    await router.view()
    assert (await client.ask(**returned(first, "id"))).release == STABLE
    await clock.sleep(601)
    await router.view()
    assert (await client.ask(**returned(first, "id"))).release == CANARY


async def test_probes_are_known_by_their_token_and_choose_their_arm(proxy: World) -> None:
    await proxy.router().set_canary_weight(0, canary=CANARY, stable=STABLE)
    key = (proxy.proxy_folder / "key").read_bytes()
    tokens = {"x-goldfinch-probe": arm_token(key, "ro_1", "probe"), "x-goldfinch-arm": arm_token(key, "ro_1", "canary")}
    reply = await proxy.client().ask(**tokens)
    assert reply.release == CANARY
    assert not set(tokens) & set(reply.seen["headers"])
    [line] = await proxy.logged(1)
    assert (line["probe"], line["pinned"], line["release"]) == (True, True, CANARY)


async def test_a_first_release_answers_the_rest_by_itself(proxy: World) -> None:
    router, client = proxy.router(), proxy.client()
    await router.set_canary_weight(50, canary=CANARY, stable=None)
    replies = await begin(client)
    refused = [reply for reply in replies if reply.status == 503]
    assert refused
    assert all(reply.headers["retry-after"] == "30" and b"No release serves" in reply.body for reply in refused)
    assert {reply.release for reply in replies if reply.status == 200} == {CANARY}
    assert len(refused) < SESSIONS


async def test_without_a_rollout_it_says_so(proxy: World) -> None:
    reply = await proxy.client().ask()
    assert (reply.status, reply.headers["retry-after"]) == (503, "30")
    assert reply.body == b"No release has been given any traffic yet: goldfinch rollout start does that.\n"


@pytest.mark.parametrize("bad", ["a b", "a;b", "x" * 201, '"', "a,b"])
async def test_a_session_id_that_could_not_be_a_cookie_is_refused(proxy: World, bad: str) -> None:
    await proxy.router().set_canary_weight(0, canary=CANARY, stable=STABLE)
    assert (await proxy.client().ask(**{"x-session-id": bad})).status == 400
    assert proxy.stable.requests == 0


def test_the_salt_is_no_token() -> None:
    assert salt(b"k" * 32, "ro_1") not in {arm_token(b"k" * 32, "ro_1", arm) for arm in ("canary", "stable", "probe")}
