"""Live requests through the proxy: each over a connection of its own, as a new session, by a path that costs nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import aiohttp

from goldfinch.core.recovery.failures import NoLiveAnswer
from goldfinch.core.rollout.arms import ARM_HEADER, PROBE_HEADER, RELEASE_HEADER, arm_token
from goldfinch.ports.live_probe import LiveAnswer

TIMEOUT_S: Final = 5.0
_LONGEST_NAME: Final = 100


class HttpLiveProbe:
    """A `LiveProbe`. `url` is the proxy's door with the health path; `key` the file of its tokens.

    `latest` says whose tokens the proxy takes where no rollout is named. Without the key a request is an ordinary session.
    """

    def __init__(self, url: str, key: Path, *, latest: Callable[[], str] = str, timeout_s: float = TIMEOUT_S) -> None:
        self._url, self._key, self._latest, self._timeout_s = url, key, latest, timeout_s

    async def ask(self, rollout_id: str, *, pinned_to: str = "") -> LiveAnswer:
        limit = aiohttp.ClientTimeout(total=self._timeout_s)
        began_s = time.monotonic()
        try:
            async with (
                aiohttp.ClientSession(timeout=limit, connector=aiohttp.TCPConnector(force_close=True)) as session,
                session.get(self._url, headers=self.headers(rollout_id, pinned_to), allow_redirects=False) as answer,
            ):
                release = answer.headers.get(RELEASE_HEADER, "")[:_LONGEST_NAME]
                return LiveAnswer(release, answer.status, time.monotonic() - began_s)
        except TimeoutError:
            raise NoLiveAnswer(f"no answer within {self._timeout_s:g} s", where=self._url) from None
        except (aiohttp.ClientError, OSError) as error:
            raise NoLiveAnswer(f"no answer: {type(error).__name__}", where=self._url, hint="does goldfinch proxy run?") from None

    def headers(self, rollout_id: str = "", pinned_to: str = "") -> dict[str, str]:
        """What marks a request as one that counts for nothing, and pins it; empty without the key."""
        named = rollout_id or self._latest()
        try:
            secret = self._key.read_bytes()
        except OSError:
            return {}
        headers = {PROBE_HEADER: arm_token(secret, named, "probe")}
        return headers | ({ARM_HEADER: arm_token(secret, named, pinned_to)} if pinned_to else {})
