"""What a state hashes to, for the audit log: equal states, equal hash."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from goldfinch.core.rollout.state import RolloutState


def fingerprint(state: RolloutState) -> str:
    """sha256:... of everything in the state."""
    text = json.dumps(asdict(state), sort_keys=True, separators=(",", ":"), default=_plain)
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"a state holds no {type(value).__name__}")
