"""A person's word that a release may go to an environment. Source: T17, P11."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """Bound to the release and to the gate results that were seen; it lapses when either changes, and at `expires_at`."""

    id: str
    release: str
    environment: str
    gate_hash: str
    granted: bool
    """False: rejected."""
    by: str
    at: datetime
    expires_at: datetime
    reason: str = ""
