"""What `advance` answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from goldfinch.core.rollout.commands import Command
from goldfinch.core.rollout.state import RolloutState


@dataclass(frozen=True, slots=True)
class Transition:
    """The state from now on, what shall be so, why, and what comes next."""

    state: RolloutState
    commands: tuple[Command, ...]
    reason: str
    """One sentence with figures: why this state, why now."""
    next_action: str = ""
    """What happens next, or who has to do what: never empty before the end."""
    next_at: datetime | None = None
    handled: tuple[str, ...] = ()
    """Ids of the operator's requests that are dealt with, granted or refused."""
    by: str = "controller"
    """The person whose request made this state."""
