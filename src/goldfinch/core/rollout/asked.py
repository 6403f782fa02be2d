"""What a person asks for when a rollout is to start, before the settings of an environment are laid under it; also as plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from goldfinch.core.errors import UsageError
from goldfinch.core.serving import codes


@dataclass(frozen=True, slots=True)
class StartAsked:
    """Releases by any of their names. None: as the settings have it."""

    canary: str
    environment: str = "production"
    by: str = ""
    """Empty: nobody said; the one who carries it out knows, or refuses."""
    stable: str | None = None
    first_release: bool = False
    percentage: int | None = None
    """One transition, to this weight; a person decides about the rest."""
    bake: str | None = None
    approval: bool | None = None
    on_inconclusive: str | None = None
    gate_hash: str = ""
    """Of the verdict that let the release through."""
    time_scale: str | None = None
    wait: bool = False
    supersede: bool = False
    reason: str = ""

    def __post_init__(self) -> None:
        """Raises `UsageError` (E3614)."""
        if self.stable is not None and self.first_release:
            _contradict("--stable names a release that --first-release says is not there")
        if self.wait and self.supersede:
            _contradict("--wait waits for the rollout that is under way, --supersede ends it")


def _contradict(what: str) -> None:
    raise UsageError(what, hint="leave one of them out", code=codes.BAD_COMBINATION)


def asked_facts(asked: StartAsked) -> dict[str, Any]:
    """What is sent to a server, whose own environment says how fast time goes there."""
    return {name: value for name, value in asdict(asked).items() if name != "time_scale"}


_KINDS: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "str | None": (str, type(None)),
    "int | None": (int, type(None)),
    "bool | None": (bool, type(None)),
}


def read_asked(document: Any) -> StartAsked:
    """The inverse of `asked_facts`; what is not named is as the settings have it. Raises `UsageError` (E3614), naming the key."""
    if not isinstance(document, Mapping):
        raise UsageError("is no JSON object", where="request", code=codes.BAD_COMBINATION)
    known = {field.name: str(field.type) for field in fields(StartAsked) if field.name != "time_scale"}
    if unknown := sorted(set(document) - set(known)):
        hint = f"known keys: {', '.join(known)}"
        raise UsageError(f"unknown key `{str(unknown[0])[:80]}`", where="request", hint=hint, code=codes.BAD_COMBINATION)
    if not document.get("canary"):
        raise UsageError("`canary` is missing: the release", where="request", code=codes.BAD_COMBINATION)
    for name, value in document.items():
        if not isinstance(value, _KINDS[known[name]]) or (isinstance(value, bool) and "bool" not in known[name]):
            raise UsageError(f"`{name}` is a {type(value).__name__}, not {known[name]}", where="request", code=codes.BAD_COMBINATION)
    return StartAsked(**document)
