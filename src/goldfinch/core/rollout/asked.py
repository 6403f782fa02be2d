"""What a person asks for when a rollout is to start, before the settings of an environment are laid under it; also as plain JSON values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
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
