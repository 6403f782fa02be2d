"""The token of a request, and what it may: without one, nothing is read that is not public."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from fastapi import Request

from goldfinch.core.serving import codes
from goldfinch.core.serving.access import AccessTokens, Role, bearer_token, may
from goldfinch.web.problems import Refused

TRIES: Final = 10
WITHIN_S: Final = 60.0
_ADDRESSES: Final = 1000


class WrongTries:
    """Wrong tokens by address, of the last minute. A right token is answered whatever came before: 256 bits are not found by trying, and
    nobody can lock somebody else out."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def one_more(self, address: str) -> int:
        """Count a wrong token. Seconds to wait; 0: not yet too many."""
        now = self._now()
        tries = self._tries.setdefault(address, deque(maxlen=TRIES + 1))
        self._tries.move_to_end(address)
        while len(self._tries) > _ADDRESSES:
            self._tries.popitem(last=False)
        while tries and tries[0] <= now - WITHIN_S:
            tries.popleft()
        tries.append(now)
        return 0 if len(tries) <= TRIES else max(1, round(tries[0] + WITHIN_S - now))


class SignIn:
    """Roles of requests, by `Authorization: Bearer`. There is no cookie: cookies are sent to every port of a host, so also to the agents
    on this machine."""

    def __init__(self, tokens: AccessTokens, now: Callable[[], float]) -> None:
        self._tokens = tokens
        self._wrong = WrongTries(now)

    def role(self, request: Request) -> Role | None:
        """None: no token was sent. Raises `Refused` (401, 429) for a wrong one."""
        given = bearer_token(request.headers.get("authorization", ""))
        if not given:
            return None
        role = self._tokens.role_of(given)
        if role is None:
            self._refuse(request)
        return role

    def needs(self, needed: Role) -> Callable[[Request], Role]:
        """A dependency of routes: who asks, where they may. Raises `Refused` (401, 403, 429)."""

        def allowed(request: Request) -> Role:
            role = self.role(request)
            if role is None:
                raise Refused("no token was sent", code=codes.NO_ACCESS, hint="send Authorization: Bearer TOKEN")
            if not may(role, needed):
                raise Refused(f"a {role} may not do this: it needs a {needed}'s token", code=codes.ROLE_TOO_LOW)
            return role

        allowed.needed = needed  # type: ignore[attr-defined]  # read by the test of every route with every role
        return allowed

    def _refuse(self, request: Request) -> None:
        wait = self._wrong.one_more(request.client.host if request.client else "")
        if wait:
            raise Refused("too many wrong tokens", code=codes.TOO_MANY_TRIES, hint=f"wait {wait} s", retry_after_s=wait)
        raise Refused("the token is not one of this server's", code=codes.NO_ACCESS, hint="see .goldfinch/serve-tokens.json")
