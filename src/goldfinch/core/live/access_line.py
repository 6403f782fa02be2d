"""One line of the proxy's access log: a request that began, or one that ended. What is no such line says why.

Response flags are Envoy's own short names (envoyproxy.io, Access logging, Response Flags). The format is in docs/guides/evidence.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from math import isfinite
from typing import Any, Final, NoReturn

LOG_NAME: Final = "access"
"""Of the log's files: `access.jsonl` is being written, `access-000001.jsonl` has its number and grows no more."""
_LAST_S: Final = 253_402_300_800.0
_MOST_MS: Final = 1e12
_SESSION_LENGTH: Final = 200
_NAME_LENGTH: Final = 500
_SHOWN: Final = 60
_KINDS: Final = {"start": False, "end": True, "DownstreamStart": False, "DownstreamEnd": True}

FAILED_FLAGS: Final = frozenset({"UH", "UF", "UO", "NC", "LH", "LR", "UR", "UC", "URX", "UPE", "DF", "DO", "OM", "FI", "IH"})
"""The upstream could not be reached, refused, or cut the stream."""
TIMEOUT_FLAGS: Final = frozenset({"UT", "SI", "DT", "UMSDR"})
"""The proxy gave up waiting for the upstream."""
LEFT_FLAGS: Final = frozenset({"DC", "DR", "DPE"})
"""The client went away before the answer was whole: nobody's failure."""


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CLIENT_LEFT = "client_left"


@dataclass(frozen=True, slots=True)
class AccessLine:
    """A request when it began, or when it ended."""

    ended: bool
    begun_s: float
    """Seconds since 1970, UTC."""
    duration_ms: float
    """Up to the last byte; 0 of one that began."""
    request: str
    """Its id; empty: none was logged."""
    session: str | None
    release: str | None
    """The release that it was sent to; None: to none, the proxy answered by itself."""
    minted: bool
    """The session's id was made in this request: it is the session's first."""
    pinned: bool
    """It came with a valid token: the session has been here before."""
    probe: bool
    outcome: Outcome = Outcome.OK

    @property
    def at_s(self) -> float:
        """When what the line says happened."""
        return self.begun_s + self.duration_ms / 1000


class BadLine(ValueError):
    """No line of an access log; why, in a few words without anything of the line's own text but the name of a member."""


def read_access_line(line: bytes) -> AccessLine:
    """Raises `BadLine`, and nothing else, whatever it is given."""
    members = _members(line)
    ended = _KINDS.get(members.get("type"))  # type: ignore[arg-type]  # whatever hashable it is, it is no kind
    if ended is None:
        _refuse("type: neither start nor end")
    outcome = _outcome(int(_number(members, "status", 1000)), members.get("flags")) if ended else Outcome.OK
    release = None if outcome is Outcome.OK and _proxy_answered(members) else members.get("release")
    return AccessLine(
        ended,
        _time_s(members.get("time")),
        _number(members, "duration_ms", _MOST_MS) if ended else 0.0,
        _text(members, "request_id") or "",
        _session(members.get("session")),
        None if release in (None, "", "-") else _text(members, "release"),
        _is_set(members, "minted"),
        _is_set(members, "pinned"),
        _is_set(members, "probe"),
        outcome,
    )


def plain_session(name: str) -> str:
    """The id as it is, where it is short and plain; else a digest of it: what a client sends must not make a line unreadable."""
    if len(name) <= _SESSION_LENGTH and name.isascii() and name.isprintable():
        return name
    return f"~{blake2b(name.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


def outcome_of(status: int, flags: frozenset[str]) -> Outcome:
    """A client that went away outweighs what the upstream did then: an upstream that is reset with its client looks cut."""
    if flags & LEFT_FLAGS:
        return Outcome.CLIENT_LEFT
    if flags & TIMEOUT_FLAGS or status == 504:
        return Outcome.TIMED_OUT
    if flags & FAILED_FLAGS or status >= 500 or status in (0, 429):
        return Outcome.FAILED
    return Outcome.OK


def _members(line: bytes) -> Mapping[str, Any]:
    try:
        members = _decode(line.decode("utf-8", "surrogateescape"))
    except BadLine:
        raise
    except (ValueError, RecursionError):
        _refuse("not valid JSON")
    if not isinstance(members, dict) or not isinstance(members.get("type"), str):
        _refuse("no object with a type")
    return members


def _refuse(why: str) -> NoReturn:
    raise BadLine(why)


def _no_number(name: str) -> NoReturn:
    _refuse(f"{name} is no number in JSON")


_decode = json.JSONDecoder(parse_constant=_no_number).decode


def _time_s(value: object) -> float:
    """Seconds, as number or text, or ISO 8601 with its zone."""
    if isinstance(value, str):
        try:
            value = float(value) if value[:1].isdigit() and "T" not in value else _instant(value)
        except ValueError:
            _refuse("time: neither seconds nor ISO 8601")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LAST_S:
        _refuse("time: not a number of seconds since 1970")
    return float(value)


def _instant(text: str) -> float:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError
    return instant.timestamp()


def _number(members: Mapping[str, Any], key: str, limit: float) -> float:
    value = members.get(key)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            _refuse(f"{key}: not a number")
    if isinstance(value, bool) or not isinstance(value, int | float) or not (0 <= value < limit and isfinite(value)):
        _refuse(f"{key}: not a number from 0 to {limit:g}")
    return float(value)


def _text(members: Mapping[str, Any], key: str) -> str | None:
    value = members.get(key)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _NAME_LENGTH:
        _refuse(f"{key}: not a text of at most {_NAME_LENGTH} characters")
    return value


def _session(value: object) -> str | None:
    if value in (None, "", "-"):
        return None
    if not isinstance(value, str):
        _refuse("session: not a text")
    return plain_session(value)


def _is_set(members: Mapping[str, Any], key: str) -> bool:
    value = members.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    if value in ("true", "1", 1):
        return True
    if value in ("false", "0", "-", "", 0):
        return False
    return _refuse(f"{key}: neither true nor false")


def _proxy_answered(members: Mapping[str, Any]) -> bool:
    """Whether the proxy gave the answer and no upstream is to blame: a request that did not come whole in time, or asked for a protocol
    that is not spoken. It says nothing of the release, neither good nor bad."""
    details = _text(members, "details")
    return bool(details) and details not in ("-", "via_upstream")


def _outcome(status: int, flags: object) -> Outcome:
    if flags in (None, "", "-"):
        return outcome_of(status, frozenset())
    if isinstance(flags, str):
        return outcome_of(status, frozenset(flags.split(",")))
    return _refuse("flags: not a text")
