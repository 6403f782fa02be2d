"""Who may ask what of the server: three tokens, three roles, and nothing that anybody could do without one (T16)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a token stands for."""

    VIEWER = "viewer"
    """Reads everything, changes nothing."""
    RELEASER = "releaser"
    """Starts rollouts and decides about them; reads what a viewer reads."""
    SENDER = "sender"
    """Sends telemetry, and reads nothing: the token that agents carry."""


_INCLUDED: Final = {
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.RELEASER: frozenset({Role.RELEASER, Role.VIEWER}),
    Role.SENDER: frozenset({Role.SENDER}),
}


def may(role: Role | None, needed: Role) -> bool:
    """Whether who has `role` may do what `needed` may; nobody (None) may nothing."""
    return role is not None and needed in _INCLUDED[role]


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """One secret per role, made once for a project's folder. They are not printed."""

    viewer: str = field(repr=False)
    releaser: str = field(repr=False)
    sender: str = field(repr=False)

    def role_of(self, given: str) -> Role | None:
        """Every token is compared in full, in constant time, whatever the one before came to."""
        candidate = given.encode("utf-8", "surrogatepass")
        found: Role | None = None
        for role, token in ((Role.VIEWER, self.viewer), (Role.RELEASER, self.releaser), (Role.SENDER, self.sender)):
            same = hmac.compare_digest(candidate, token.encode())
            found = role if same and token else found
        return found


def bearer_token(authorization: str) -> str:
    """The token of an `Authorization: Bearer …` header; empty where there is none."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
