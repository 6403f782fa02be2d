"""What a source of measurements of live traffic must do besides: requests that still run, and what becomes known afterwards."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace

from goldfinch.core.health.events import TurnNote
from goldfinch.core.health.interval import Interval, PairCounts, StratumInterval
from goldfinch.core.health.metrics import Arm
from goldfinch.ports.evidence_source import EvidenceSource, Reading
from goldfinch.testing.evidence_source_contract import FIRST, MINUTE, SINCE, EvidenceSourceContract

_BEGAN_S = SINCE.timestamp()
_SECOND = replace(FIRST, until=SINCE + 2 * MINUTE)
_THRESHOLDS = {"p95_latency": 1000.0}


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """The first request of a session."""

    begun_s: float
    """After `SINCE`."""
    session: str
    arm: Arm
    duration_ms: float = 100.0
    ok: bool = True


class LiveEvidenceContract(EvidenceSourceContract):
    """Inherit, implement both methods, and let pytest collect the class. The metrics are those of `rules`."""

    @abstractmethod
    def open_live(self, requests: Sequence[LiveRequest], notes: Sequence[tuple[float, TurnNote]] = ()) -> EvidenceSource:
        """A source of exactly this traffic, three minutes after `SINCE`; each note became known so many seconds after `SINCE`."""

    async def test_a_request_that_still_runs_is_handed_in_and_not_counted_again(self) -> None:
        source = self.open_live([LiveRequest(1.0, "hangs", Arm.CANARY, 90_000.0), LiveRequest(2.0, "quick", Arm.CANARY)])
        first = await source.read(replace(FIRST, thresholds_ms=_THRESHOLDS), ())
        second = await source.read(replace(_SECOND, cursor=first.cursor, thresholds_ms=_THRESHOLDS), first.sessions)
        assert _stratum(first).quantiles["p95_latency"].exceeding == PairCounts(2, 1, 0, 0)
        assert _stratum(second).quantiles["p95_latency"].exceeding == PairCounts()

    async def test_a_session_begun_in_a_doubtful_time_does_not_count_when_it_is_over(self) -> None:
        source = self.open_live([LiveRequest(1.0, "doubtful", Arm.CANARY, 90_000.0, ok=False), LiveRequest(61.0, "after", Arm.CANARY)])
        first = await source.read(replace(FIRST, comparable=False), ())
        second = await source.read(replace(_SECOND, cursor=first.cursor, baking_since=SINCE + MINUTE), first.sessions)
        assert _stratum(second).counts["error_rate"] == PairCounts(1, 0, 0, 0)

    async def test_what_becomes_known_after_a_turn_counts_once(self) -> None:
        note = TurnNote(_BEGAN_S + 1.1, "a", Arm.CANARY, scores={"evaluation_score": 0.5})
        failed = TurnNote(_BEGAN_S + 2.1, "b", Arm.STABLE, scores={"evaluation_score": None})
        source = self.open_live(
            [LiveRequest(1.0, "a", Arm.CANARY), LiveRequest(2.0, "b", Arm.STABLE)],
            [
                (70.0, note),
                (75.0, failed),
                (80.0, note),
                (90.0, TurnNote(_BEGAN_S, "a", Arm.STABLE)),
                (95.0, replace(note, session="nobody")),
            ],
        )
        first = await source.read(FIRST, ())
        assert _stratum(first).scores["evaluation_score"].canary == ()
        second = await source.read(replace(_SECOND, cursor=first.cursor), first.sessions)
        scores = _stratum(second).scores["evaluation_score"]
        assert (scores.canary, scores.failures) == ((0.5,), PairCounts(1, 0, 1, 1))
        assert _interval(second).notes_left_out == 2
        third = await source.read(replace(FIRST, cursor=second.cursor, until=SINCE + 3 * MINUTE), second.sessions)
        assert _interval(third).strata == ()


def _interval(reading: Reading) -> Interval:
    (interval,) = reading.intervals
    return interval


def _stratum(reading: Reading) -> StratumInterval:
    (stratum,) = _interval(reading).strata
    return stratum
