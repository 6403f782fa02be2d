"""What the controller is to do. Each says what shall be so, never what to change: carried out twice, it is so once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from goldfinch.core.rollout.plan import SessionsOnRollback


@dataclass(frozen=True, slots=True)
class SetWeight:
    """Share of new sessions that the canary gets. `second_path`: the router refused; take its emergency path."""

    percent: int
    second_path: bool = False


@dataclass(frozen=True, slots=True)
class MovePins:
    """Where sessions that are pinned to the canary go: BREAK sends them to the stable release with the same change as weight 0."""

    sessions: SessionsOnRollback


@dataclass(frozen=True, slots=True)
class Deploy:
    """The release shall run and be ready."""

    release: str


@dataclass(frozen=True, slots=True)
class Retire:
    """The release shall not run any more; only after it serves nobody. `force`: the last resort of a rollback whose router refuses."""

    release: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class RunStage:
    """A stage before traffic shall have run for this release: `smoke` or `migrate`."""

    stage: str
    release: str


@dataclass(frozen=True, slots=True)
class MakeStable:
    """The name `stable` shall mean this release: its running processes, not a rebuild."""

    release: str


@dataclass(frozen=True, slots=True)
class Deny:
    """The release shall not be rolled out again until somebody overrides it with a reason."""

    release: str
    reason: str


class Urgency(StrEnum):
    TELL = "tell"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell people. Never blocks a rollout."""

    urgency: Urgency
    text: str


Command = SetWeight | MovePins | Deploy | Retire | RunStage | MakeStable | Deny | Notify
