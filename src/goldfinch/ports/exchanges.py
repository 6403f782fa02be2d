"""What whoever sends requests asks of a recording: note what was asked, recall what was replied, keep a reply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from goldfinch.core.errors import GoldfinchError
from goldfinch.core.wire.exchanges import GivenReply, SentRequest


class NotSent(Exception):
    """This request is not sent; the message is one line that says why. `code` names the reason to the client."""

    code = "not_sent"


class NotRecorded(NotSent):
    """A replay has no reply to this request; the message says what was asked and what is nearest."""

    code = "replay_miss"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was noted. `sequence` is its place among all that were asked."""

    request: SentRequest
    sequence: int


class Exchanges(Protocol):
    """Requests and replies between an agent and the models that it asks. Safe to use from several threads."""

    def asked(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Asked:
        """Note a request, in the order of asking: equal requests get their replies in that order."""
        ...

    def recall(self, asked: Asked) -> GivenReply | None:
        """The recorded reply; None where the request is to be sent. Raises `NotSent`, and `NotRecorded`."""
        ...

    def keep(self, asked: Asked, status: int, headers: Iterable[tuple[str, str]], chunks: Sequence[bytes], *, ended: bool) -> None:
        """Store a reply that was had. Raises `InfrastructureError` where that is impossible."""
        ...


class Replay(Protocol):
    """A replay as the operation sees it that evaluates with it."""

    @property
    def fingerprint(self) -> str:
        """Names the recorded exchanges: another recording is another replay."""
        ...

    def objection(self) -> GoldfinchError | None:
        """What speaks against calling the finished run replayed: nothing was replayed at all, or something had no reply."""
        ...
