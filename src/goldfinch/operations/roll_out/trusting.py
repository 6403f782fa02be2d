"""Whether a row is one that a controller wrote. A row that was edited is held: its traffic stays, nobody acts on it, others go on."""

from __future__ import annotations

from dataclasses import replace

from goldfinch.core.rollout.consistency import contradictions
from goldfinch.core.rollout.failures import RowEdited
from goldfinch.core.rollout.record import Rollout
from goldfinch.operations.roll_out.measured import Measured
from goldfinch.operations.roll_out.recording import shown
from goldfinch.ports.rollout_store import RolloutStore

_HINT = "put back what was there, or start the controller again to take the row as it is"


class TrustedRow:
    """What this controller knows of a row: what it wrote last, and under which fence."""

    def __init__(self, store: RolloutStore) -> None:
        self._store = store
        self._last: Rollout | None = None

    def check(self, rollout: Rollout) -> None:
        """Raises `RowEdited`."""
        found = _impossible(rollout) or (self._against_history(rollout) if self._last is None else _against(self._last, rollout))
        if found:
            raise RowEdited(found, where=f"rollout {rollout.id}", hint=_HINT)
        self.know(rollout)

    def know(self, rollout: Rollout) -> None:
        """This is what was read or written last."""
        self._last = rollout

    def _against_history(self, rollout: Rollout) -> str:
        """Of a row that another process wrote: the place must be where its last decision led."""
        decisions = self._store.decisions(rollout.id)
        if decisions and decisions[-1].to_phase != shown(rollout.state):
            return f"the row says {shown(rollout.state)}, its last decision {decisions[-1].to_phase}"
        return ""


def _impossible(rollout: Rollout) -> str:
    found = contradictions(rollout.plan, rollout.state)
    if found:
        return f"the row was edited: {'; '.join(found)}"
    try:
        Measured.read(rollout.cursor)
    except ValueError as error:
        return f"the row was edited: its cursor cannot be read: {error}"
    return ""


def _against(last: Rollout, rollout: Rollout) -> str:
    """Under the same fence nobody else writes; under another, another controller did, and revisions only grow."""
    if rollout.revision < last.revision:
        return f"the row was edited: revision {rollout.revision}, and {last.revision} has been seen"
    same_fence = last.lease is not None and rollout.lease is not None and last.lease.fence == rollout.lease.fence
    if rollout.revision > last.revision:
        return f"the row was edited: revision {rollout.revision}, and this controller wrote {last.revision}" if same_fence else ""
    if replace(rollout, lease=None) != replace(last, lease=None):
        return f"the row was edited: revision {rollout.revision} is not what was written"
    return ""
