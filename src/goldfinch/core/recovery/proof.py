"""What live requests say about who serves. One that another release answered is a disproof, however many others did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NEW_SESSIONS: Final = 8
"""Live requests of new sessions in one proof. The split itself was read back from the proxy before."""
PINNED: Final = 2
"""And of sessions that carry the token of the release that goes."""
SERVER_ERROR: Final = 500


@dataclass(frozen=True, slots=True)
class Answered:
    """By which release, with which status."""

    release: str
    status: int


@dataclass(frozen=True, slots=True)
class Proof:
    """`words` say what was seen, either way."""

    holds: bool
    words: str
    silent: bool = False
    """Nobody answered: nothing is disproved."""


def proof(target: str, answers: Sequence[Answered], silent: str = "") -> Proof:
    """Whether every one of `answers` was the target's. `silent`: why a request got none."""
    if silent or not answers:
        return Proof(False, silent or "no live request was answered", silent=True)
    wrong = Counter(answer.release or "the proxy itself" for answer in answers if answer.release != target)
    if wrong:
        seen = ", ".join(f"{count} by {release}" for release, count in sorted(wrong.items()))
        return Proof(False, f"of {len(answers)} live requests {seen} were answered, not by {target}")
    failed = sum(answer.status >= SERVER_ERROR for answer in answers)
    if failed:
        return Proof(False, f"{failed} of {len(answers)} live requests failed on {target}")
    return Proof(True, f"{len(answers)} of {len(answers)} live requests were answered by {target}")
