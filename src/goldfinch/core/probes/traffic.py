"""Generated sessions for rehearsals: how many, when, how long, and what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

MOST_SESSIONS: Final = 50_000
LONGEST_S: Final = 1_800.0
FASTEST_PER_S: Final = 500.0


@dataclass(frozen=True, slots=True)
class TrafficPlan:
    """An open loop: sessions begin when they are due, whether or not earlier ones have ended."""

    rate_per_s: float
    seconds: float
    fewest_turns: int = 1
    most_turns: int = 3
    pause_s: float = 0.0
    """Between the answer to a turn and the next one."""
    seed: int = 0
    max_in_flight: int = 256
    """Sessions at a time; one that is due beyond it is left out, and counted."""
    timeout_s: float = 30.0
    burst: int = 1
    """Sessions that begin at the same moment: people come when the report is out, not one by one."""
    unpinned_share: float = 0.0
    """Of the sessions, those that send nothing back: each of their turns is a new session to the proxy."""

    def problem(self) -> str | None:
        """What is wrong with it, in words."""
        if not 0 < self.rate_per_s <= FASTEST_PER_S:
            return f"a rate of {self.rate_per_s:g} sessions a second is not above 0 and up to {FASTEST_PER_S:g}"
        if not 0 < self.seconds <= LONGEST_S:
            return f"{self.seconds:g} s is not above 0 and up to {LONGEST_S:g}"
        if self.rate_per_s * self.seconds > MOST_SESSIONS:
            return f"{self.rate_per_s * self.seconds:,.0f} sessions are more than {MOST_SESSIONS:,}"
        if not 1 <= self.burst <= self.max_in_flight:
            return f"bursts of {self.burst} sessions are not 1 to {self.max_in_flight}, the most at a time"
        if not 1 <= self.fewest_turns <= self.most_turns:
            return f"{self.fewest_turns} to {self.most_turns} turns are no length of a session"
        return None


@dataclass(frozen=True, slots=True)
class GeneratedSession:
    """One session that is to be held: what the user says, turn by turn, and what the client sends back."""

    due_s: float
    """Since the start."""
    turns: tuple[Any, ...]
    carries: str
    """`header`, `cookie` or `nothing`."""


def sessions(plan: TrafficPlan, scripts: Sequence[Sequence[Any]], uniforms: Iterator[float]) -> Iterator[GeneratedSession]:
    """The sessions of `plan`, one of `scripts` each, cut to its length. `uniforms` are random numbers from [0, 1)."""
    for number in range(max(1, round(plan.rate_per_s * plan.seconds))):
        script, length = scripts[int(next(uniforms) * len(scripts))], plan.fewest_turns
        length += int(next(uniforms) * (plan.most_turns - length + 1))
        turns, drawn = script[:length], next(uniforms)
        carries = "nothing" if drawn < plan.unpinned_share else "header" if number % 2 else "cookie"
        yield GeneratedSession(number // plan.burst * plan.burst / plan.rate_per_s, tuple(turns), carries)


@dataclass(frozen=True, slots=True)
class TurnSeen:
    """One request, as its client saw it."""

    session: int
    turn: int
    begun_s: float
    """Since the start."""
    took_ms: float
    status: int
    """0: no answer came."""
    release: str
    """Empty: none was named."""
    truncated: bool = False

    @property
    def failed(self) -> bool:
        return self.truncated or self.status == 0 or self.status >= 500 or self.status == 429


@dataclass(slots=True)
class TrafficReport:
    """What came of it. `turns` holds every request, in the order in which they ended."""

    turns: list[TurnSeen] = field(default_factory=list)
    sessions: int = 0
    left_out: int = 0
    carrying: set[int] = field(default_factory=set)
    """Sessions that send back what keeps them on their arm."""

    @property
    def failed(self) -> int:
        return sum(turn.failed for turn in self.turns)

    @property
    def truncated(self) -> int:
        return sum(turn.truncated for turn in self.turns)

    def by_release(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for turn in self.turns:
            counts[turn.release] = counts.get(turn.release, 0) + 1
        return dict(sorted(counts.items()))

    def moved(self) -> tuple[int, ...]:
        """Sessions that carry their arm and were answered by more than one release: after a rollback they have to be."""
        seen: dict[int, set[str]] = {}
        for turn in self.turns:
            if turn.release and turn.session in self.carrying:
                seen.setdefault(turn.session, set()).add(turn.release)
        return tuple(sorted(session for session, releases in seen.items() if len(releases) > 1))

    def percentile_ms(self, share: float, release: str | None = None) -> float | None:
        """Of the answered turns of `release`; None: there are none."""
        times = sorted(turn.took_ms for turn in self.turns if not turn.failed and release in (None, turn.release))
        return times[min(len(times) - 1, int(share * len(times)))] if times else None

    def facts(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "sessions": self.sessions,
            "turns": len(self.turns),
            "failed": self.failed,
            "truncated": self.truncated,
            "left_out": self.left_out,
            "moved": len(self.moved()),
            "by_release": self.by_release(),
            "p50_ms": self.percentile_ms(0.5),
            "p95_ms": self.percentile_ms(0.95),
        }
