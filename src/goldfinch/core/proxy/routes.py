"""Envoy's routes (RDS): who serves a request, as a pure function of the split and the key of the tokens.

A session that returns the token of an arm stays there; every other one is spread by the hash of its id with a salt of this rollout. The
canary stands first and the weights add up to 1000, so that a growing share only ever adds sessions: who was on the canary stays there
(Envoy's intervals are `[0, weight)`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from goldfinch.core.health.metrics import Arm
from goldfinch.core.proxy.clusters import NOBODY
from goldfinch.core.proxy.edge import GIVEN, INNER, METADATA, PINS, SESSION_ID
from goldfinch.core.proxy.envoy_json import Json, discovery, header_added, header_set, in_seconds, typed
from goldfinch.core.proxy.options import ProxyOptions
from goldfinch.core.proxy.split import Split
from goldfinch.core.rollout.arms import (
    ARM_COOKIE,
    ARM_HEADER,
    PROBE_HEADER,
    RELEASE_HEADER,
    SESSION_COOKIE,
    SESSION_HEADER,
    arm_token,
    salt,
)

NAME: Final = "agent"
TOTAL_WEIGHT: Final = 1000
RUNTIME_PREFIX: Final = "goldfinch.split"
"""Of the runtime keys of the emergency path: `goldfinch.split.RELEASE`."""
RETRY_AFTER_S: Final = 30
NOT_SET_YET: Final = "No release has been given any traffic yet: goldfinch rollout start does that.\n"
BAD_SESSION: Final = f"{SESSION_HEADER} must be 1 to 200 of A-Z a-z 0-9 . _ ~ : @ / + = -\n"
_COOKIE_ATTRIBUTES = "Path=/; HttpOnly; SameSite=Lax"


class _Class(NamedTuple):
    """Requests that are treated, and logged, alike."""

    probe: bool
    pin: Arm | None
    minted: bool


_CLASSES = tuple(
    _Class(probe, pin, minted) for probe in (True, False) for pin in (Arm.STABLE, Arm.CANARY, None) for minted in (False, True)
)
"""In the order of the routes. A client that returns tokens of both arms is the stable one's: the way back has led it there."""


def routes(split: Split | None, key: bytes, options: ProxyOptions) -> Json:
    """The file."""
    found = [_bad_session(), *(_routes(split, key, options) if split is not None else [_nothing_yet()])]
    host = {"name": "all", "domains": ["*"], "routes": found}
    return discovery(
        [
            typed(
                "config.route.v3.RouteConfiguration",
                name=NAME,
                validate_clusters=True,
                virtual_hosts=[host],
                request_headers_to_remove=list(INNER),
            )
        ]
    )


def _routes(split: Split, key: bytes, options: ProxyOptions) -> Iterator[Json]:
    for kind in _CLASSES:
        match = {"prefix": "/", "headers": list(_conditions(kind, split, key))}
        target = _weighted(split, key) if kind.pin is None else {"cluster": _cluster(split, split.arm_for(kind.pin))}
        route: Json = {"match": match, "metadata": _told(kind), "route": {**target, **_how(split, key, options)}}
        if kind.pin is not None:
            route["response_headers_to_add"] = _returned(split, key, split.arm_for(kind.pin))
        yield route


def _conditions(kind: _Class, split: Split, key: bytes) -> Iterator[Json]:
    if kind.probe:
        yield {"name": PROBE_HEADER, "string_match": {"exact": arm_token(key, split.rollout_id, "probe")}}
    if kind.pin is not None:
        yield {"name": PINS, "string_match": {"contains": arm_token(key, split.rollout_id, kind.pin)}}
    if not kind.minted:
        yield {"name": GIVEN, "present_match": True}


def _told(kind: _Class) -> Json:
    return {"filter_metadata": {METADATA: {"minted": kind.minted, "pinned": kind.pin is not None, "probe": kind.probe}}}


def _cluster(split: Split, arm: Arm) -> str:
    return split.release(arm) or NOBODY


def _weighted(split: Split, key: bytes) -> Json:
    canary = split.percent * TOTAL_WEIGHT // 100
    arms = ((Arm.CANARY, canary), (Arm.STABLE, TOTAL_WEIGHT - canary))
    entries = [
        {"name": _cluster(split, arm), "weight": weight, "response_headers_to_add": _returned(split, key, arm)} for arm, weight in arms
    ]
    return {"weighted_clusters": {"clusters": entries, "runtime_key_prefix": RUNTIME_PREFIX, "use_hash_policy": True}}


def _how(split: Split, key: bytes, options: ProxyOptions) -> Json:
    """Never sent twice where the agent may have begun to act; no limit on how long an answer streams, only on how long it is silent.

    Envoy's limit per try ends with the first byte of the answer; there is no second try for one that came too late."""
    salted = {"pattern": {"regex": "^(.*)$"}, "substitution": f"{salt(key, split.rollout_id)}\\1"}
    return {
        "timeout": "0s",
        "idle_timeout": in_seconds(options.idle_timeout),
        "retry_policy": {
            "retry_on": "connect-failure,reset-before-request",
            "num_retries": 2,
            "per_try_timeout": in_seconds(options.first_byte_timeout),
            "retry_host_predicate": [
                {
                    "name": "envoy.retry_host_predicates.previous_hosts",
                    "typed_config": typed("extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"),
                }
            ],
            "host_selection_retry_max_attempts": 3,
        },
        "hash_policy": [{"header": {"header_name": SESSION_HEADER, "regex_rewrite": salted}, "terminal": True}],
    }


def _returned(split: Split, key: bytes, arm: Arm) -> list[Json]:
    """What keeps the session where it is, whichever of it the client sends back."""
    release = split.release(arm)
    if release is None:
        return [header_set("retry-after", str(RETRY_AFTER_S))]
    token, session = arm_token(key, split.rollout_id, arm), f"%REQ({SESSION_HEADER})%"
    return [
        header_set(SESSION_HEADER, f"{session}.{token}"),
        header_set(ARM_HEADER, token),
        header_set(RELEASE_HEADER, release),
        header_added("set-cookie", f"{SESSION_COOKIE}={session}; {_COOKIE_ATTRIBUTES}"),
        header_added("set-cookie", f"{ARM_COOKIE}={token}; {_COOKIE_ATTRIBUTES}"),
    ]


def _bad_session() -> Json:
    malformed = {"name": SESSION_HEADER, "string_match": {"safe_regex": {"regex": SESSION_ID}}, "invert_match": True}
    return _answer({"prefix": "/", "headers": [malformed]}, 400, BAD_SESSION)


def _nothing_yet() -> Json:
    later = [header_set("retry-after", str(RETRY_AFTER_S))]
    return {**_answer({"prefix": "/"}, 503, NOT_SET_YET), "response_headers_to_add": later}


def _answer(match: Json, status: int, words: str) -> Json:
    told = {"filter_metadata": {METADATA: {"minted": False, "pinned": False, "probe": False}}}
    return {"match": match, "metadata": told, "direct_response": {"status": status, "body": {"inline_string": words}}}
