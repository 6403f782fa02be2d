"""The split of the traffic as it is kept. All that the proxy serves follows from it: written again, it gives the same bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any

from goldfinch.core.health.metrics import Arm
from goldfinch.core.rollout.failures import TrafficNotShifted
from goldfinch.core.rollout.plan import SessionsOnRollback

VERSION = 1
REMEMBERED = 32
"""Rollouts whose last fence is kept after another has begun."""


class SetBy(StrEnum):
    CONTROLLER = "controller"
    WATCHDOG = "watchdog"


Endpoint = tuple[str, int]
_NAME = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""Ids go into tokens, header values and statistics of Envoy, where `%` would be an order."""


@dataclass(frozen=True, slots=True)
class Split:
    """Of one rollout, the last one that set it."""

    rollout_id: str
    fence: int
    percent: int
    """Of new sessions, on the canary."""
    canary: str
    stable: str | None
    releases: dict[str, tuple[Endpoint, ...]]
    """Where each of the two listens."""
    breaks_pins: bool = False
    """Sessions that began on the canary are served by the stable release."""
    full_since: str = ""
    """When the canary got 100 %, ISO 8601; empty: it has less."""
    stable_pins_moved: bool = False
    """Sessions that began on the stable release are served by the canary: they had `session_drain` to end."""
    set_by: SetBy = SetBy.CONTROLLER
    past: dict[str, int] = field(default_factory=dict)
    """Earlier rollouts, the oldest first, with the highest fence seen of each."""
    replaces: str = field(default="", compare=False)
    """Version of the routes before: where they are still in the file, a writer was killed, and nobody else has changed them."""

    def arm_for(self, pin: Arm) -> Arm:
        """Who serves a session that began on `pin`."""
        if pin is Arm.CANARY and self.breaks_pins:
            return Arm.STABLE
        if pin is Arm.STABLE and self.stable_pins_moved:
            return Arm.CANARY
        return pin

    def release(self, arm: Arm) -> str | None:
        return self.canary if arm is Arm.CANARY else self.stable


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the controller, at `now` (ISO 8601)."""

    rollout_id: str
    fence: int
    percent: int
    canary: str
    stable: str | None
    sessions: SessionsOnRollback | None
    addresses: dict[str, tuple[Endpoint, ...]]
    now: str


def after(before: Split | None, asked: Asked) -> Split:
    """The split as it shall be. Raises `TrafficNotShifted`: a lease that was lost, a share that cannot be, a release that runs nowhere."""
    if not 0 <= asked.percent <= 100:
        raise TrafficNotShifted(f"a share of {asked.percent} % cannot be", where="router")
    _refuse_who_lost_the_lease(before, asked)
    same = before is not None and (before.rollout_id, before.canary, before.stable) == (asked.rollout_id, asked.canary, asked.stable)
    old = before if same else None
    full = asked.percent == 100
    return Split(
        asked.rollout_id,
        asked.fence,
        asked.percent,
        asked.canary,
        asked.stable,
        _releases(before, asked),
        breaks_pins=asked.percent == 0 and (asked.sessions is SessionsOnRollback.BREAK or (old is not None and old.breaks_pins)),
        full_since=(old.full_since if old is not None and old.full_since else asked.now) if full else "",
        stable_pins_moved=full and old is not None and old.stable_pins_moved,
        past=_past(before, asked.rollout_id),
    )


def with_stable_pins_moved(split: Split) -> Split:
    """After `session_drain` at 100 %."""
    return replace(split, stable_pins_moved=True)


def without_controller(split: Split) -> Split:
    """What the watchdog makes of it: everything on the stable release, and nobody pinned to the canary."""
    return replace(split, percent=0, breaks_pins=True, full_since="", stable_pins_moved=False, set_by=SetBy.WATCHDOG)


def with_addresses(split: Split, addresses: dict[str, tuple[Endpoint, ...]]) -> Split:
    """The same split, where releases listen elsewhere now; one that listens nowhere keeps what is known of it."""
    return replace(split, releases={name: addresses.get(name) or known for name, known in split.releases.items()})


def _refuse_who_lost_the_lease(before: Split | None, asked: Asked) -> None:
    if before is None:
        return
    if before.rollout_id == asked.rollout_id:
        if asked.fence < before.fence:
            raise TrafficNotShifted(f"asked under the lease {asked.fence}, and {before.fence} has been seen", where="router")
    elif asked.fence <= before.past.get(asked.rollout_id, -1):
        raise TrafficNotShifted(f"rollout {before.rollout_id} has begun since: {asked.rollout_id} moves nothing any more", where="router")


def _releases(before: Split | None, asked: Asked) -> dict[str, tuple[Endpoint, ...]]:
    known = before.releases if before is not None else {}
    arms = [asked.canary] if asked.stable is None else [asked.canary, asked.stable]
    found = {name: asked.addresses.get(name) or known.get(name, ()) for name in arms}
    needed = [asked.canary] * (asked.percent > 0) + [asked.stable] * (asked.stable is not None and asked.percent < 100)
    for name in needed:
        if name is not None and not found[name]:
            raise TrafficNotShifted(f"release {name} runs nowhere that is known", where="router", hint="deploy it first")
    return found


def _past(before: Split | None, rollout_id: str) -> dict[str, int]:
    if before is None:
        return {}
    past = dict(before.past)
    if before.rollout_id != rollout_id:
        past[before.rollout_id] = before.fence
    past.pop(rollout_id, None)
    return dict(list(past.items())[-REMEMBERED:])


def to_json(split: Split) -> dict[str, Any]:
    """For the file."""
    return {
        "version": VERSION,
        "rollout_id": split.rollout_id,
        "fence": split.fence,
        "percent": split.percent,
        "canary": split.canary,
        "stable": split.stable,
        "releases": {name: [list(endpoint) for endpoint in endpoints] for name, endpoints in split.releases.items()},
        "breaks_pins": split.breaks_pins,
        "full_since": split.full_since,
        "stable_pins_moved": split.stable_pins_moved,
        "set_by": str(split.set_by),
        "past": split.past,
        "replaces": split.replaces,
    }


def from_json(value: Any) -> Split:
    """Raises `ValueError` in words: nothing is routed by half a file."""
    if not isinstance(value, dict) or value.get("version") != VERSION:
        raise ValueError(f"not a split of version {VERSION}")
    try:
        split = Split(
            _name(value["rollout_id"]),
            _number(value["fence"], 0, 2**63),
            _number(value["percent"], 0, 100),
            _name(value["canary"]),
            None if value["stable"] is None else _name(value["stable"]),
            {_name(name): tuple(_endpoint(each) for each in endpoints) for name, endpoints in value["releases"].items()},
            breaks_pins=_flag(value["breaks_pins"]),
            full_since=_moment(value["full_since"]),
            stable_pins_moved=_flag(value["stable_pins_moved"]),
            set_by=SetBy(value["set_by"]),
            past={_name(name): _number(fence, -1, 2**63) for name, fence in value["past"].items()},
            replaces=_text(value["replaces"]),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"a member is missing or of another kind ({type(error).__name__}: {error})") from None
    if missing := {split.canary, *([split.stable] if split.stable is not None else [])} - set(split.releases):
        raise ValueError(f"no addresses of {', '.join(sorted(missing))}")
    return split


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.40} is no text")
    return value


def _name(value: object) -> str:
    if not _NAME.fullmatch(_text(value)):
        raise ValueError(f"{value!r:.40} is no id")
    return str(value)


def _moment(value: object) -> str:
    if _text(value) and datetime.fromisoformat(str(value)).tzinfo is None:
        raise ValueError(f"{value!r:.40} names no time zone")
    return str(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r:.40} is neither true nor false")
    return value


def _number(value: object, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValueError(f"{value!r:.40} is no whole number from {least} to {most}")
    return value


def _endpoint(value: Any) -> Endpoint:
    host, port = value
    return str(ip_address(_text(host))), _number(port, 1, 65535)
