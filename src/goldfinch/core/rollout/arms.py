"""What sessions carry so that they stay with the release that they began on, and how it is told from a forgery.

A token is an HMAC-SHA256 of rollout and arm under a key that only the proxy's folder holds: nobody who was not given one can write it,
and a rollout's tokens are worthless in the next.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from goldfinch.core.health.metrics import Arm

SESSION_HEADER: Final = "x-session-id"
"""Of requests: whose turn it is; minted by the proxy where absent. Of responses: the same, with what keeps the session on its arm."""
SESSION_COOKIE: Final = "goldfinch-session"
ARM_HEADER: Final = "x-goldfinch-arm"
ARM_COOKIE: Final = "goldfinch-arm"
RELEASE_HEADER: Final = "x-goldfinch-release"
"""Of responses: the id of the release that answered."""
PROBE_HEADER: Final = "x-goldfinch-probe"
"""Of requests of probe sessions: the token of `probe`; anything else is stripped at the door."""

_TOKEN_LENGTH = 32


def arm_token(key: bytes, rollout_id: str, arm: Arm | str) -> str:
    """32 hexadecimal digits; `arm` may also be `probe`."""
    return hmac.new(key, f"{rollout_id}\0{arm}".encode(), sha256).hexdigest()[:_TOKEN_LENGTH]


def salt(key: bytes, rollout_id: str) -> str:
    """What session ids are hashed with, so that no rollout tries its release on the same people as the one before."""
    return arm_token(key, rollout_id, "salt")
