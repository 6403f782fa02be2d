"""Events of sessions in, intervals of units out: who counts, in which stratum, and never twice. Source: STATISTICS A2, units.

A session belongs to the stratum of the step in whose baking time its first request began. Sessions begun before the weight was verified and
warm, or in a pause, belong to none; nor do sessions that are first seen at a later turn than their first: when they began is not known.

In every interval a stratum's session with a finished request is a unit at risk for each count metric in which it has not turned bad, and
turns bad once. For latency and scores it gives one turn, chosen by a hash of rollout and session before it was seen. Requests that ran on
another arm than their session's first are counted for show only. What becomes known of a turn after it finished (flags, scores, amounts)
counts once, in the interval in which it became known, in its session's stratum.

The same events in the same order give the same intervals, bit for bit, however often the counting was taken up again from a mark and the
sessions that were saved with it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final

from goldfinch.core.health.cohort_notes import Breaches, count_note
from goldfinch.core.health.cohort_session import CohortSession
from goldfinch.core.health.cohort_tally import ArmTally, MeteredMetrics, stratum_interval
from goldfinch.core.health.events import (
    CLIENT_LEFT,
    JUDGE_FAILED,
    PROBE_SESSION,
    SAFETY,
    TIMEOUT,
    RunningRequest,
    SessionEvent,
    SessionState,
    TurnNote,
)
from goldfinch.core.health.interval import Interval
from goldfinch.core.health.metrics import Arm, GatedMetric

IDLE_S: Final = 1800.0
"""A session that was silent for longer is over; should it come back, it is another one."""
TOLERANCE_S: Final = 10.0
"""How long after the cut of an interval its events may still be heard of, and are then counted in the next."""


@dataclass(frozen=True, slots=True)
class BakingWindow:
    """Sessions begun from `since_s` until `until_s` (not included; None: the window is open) belong to the stratum of `step`."""

    step: int | None
    """None: to none, because the arms could not be compared then."""
    since_s: float
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class CohortMark:
    """Where counting goes on: the end of the last interval, and the windows that a session may still turn out to have begun in."""

    cut_s: float | None = None
    windows: tuple[BakingWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class Counted:
    """A closed interval, and what is saved with it so that nothing counts twice."""

    interval: Interval
    mark: CohortMark
    sessions: tuple[SessionState, ...]
    """Those that the interval has seen."""
    forgotten: tuple[str, ...]


class Cohort:
    """The sessions of one rollout. `open` an interval, `count` its events in the order of their times, `close` it; then the next one."""

    def __init__(
        self,
        rollout_id: str,
        metrics: tuple[GatedMetric, ...],
        *,
        sampled_turns: int = 1,
        idle_s: float = IDLE_S,
        tolerance_s: float = TOLERANCE_S,
        probes: bool = False,
        notes_follow: bool = False,
        mark: CohortMark | None = None,
        sessions: Iterable[SessionState] = (),
    ) -> None:
        """`mark` and `sessions` are those of the last interval that was closed; without them counting begins anew.

        `notes_follow`: scores and amounts come in notes, minutes after their turn, which gives its latency alone.
        """
        if sampled_turns < 1:
            raise ValueError(f"a turn is measured among the first 1 or more, got {sampled_turns}")
        self._key = blake2b(rollout_id.encode("utf-8", "surrogatepass"), digest_size=32).digest()
        self._metered = MeteredMetrics(metrics)
        self._at_once = self._metered.quantile_names if notes_follow else self._metered.all_measured
        self._sampled_turns, self._idle_s, self._tolerance_s, self._probes = sampled_turns, idle_s, tolerance_s, probes
        self._mark = mark or CohortMark()
        self._sessions: OrderedDict[str, CohortSession] = OrderedDict()
        for saved in sorted(sessions, key=lambda state: state.last_seen_s):
            self._sessions[saved.session] = CohortSession.restored(saved, self._chosen_turn(saved.session))
        self._serial = 0
        self._is_open = False

    @property
    def mark(self) -> CohortMark:
        """Where counting goes on after the last interval that was closed."""
        return self._mark

    @property
    def size(self) -> int:
        """Sessions in memory: those seen within the idle time before the last cut."""
        return len(self._sessions)

    def open(
        self, *, step: int, baking_since_s: float, canary_share: float, thresholds_ms: Mapping[str, float], comparable: bool = True
    ) -> None:
        """Begin the next interval: at the last cut, or where the present step began to bake, whichever is later.

        Sessions begun while the arms are not `comparable` never count, also not after it.
        """
        cut_s = self._mark.cut_s
        self._step, self._since_s, self._share = step, baking_since_s, canary_share
        self._thresholds_ms = dict(thresholds_ms)
        self._limits_ms = tuple(self._thresholds_ms.get(metric.name) for metric in self._metered.quantiles)
        self._stratum_now = step if comparable else None
        self._windows = _with_window(self._mark.windows, BakingWindow(self._stratum_now, baking_since_s), cut_s)
        self._start_s = baking_since_s if cut_s is None else max(cut_s, baking_since_s)
        self._follows_on = cut_s == self._start_s
        self._serial += 1
        self._is_open = True
        self._tallies: dict[int, tuple[ArmTally, ArmTally]] = {}
        self._changed: dict[str, CohortSession] = {}
        self._begun, self._requests = [0, 0], [0, 0]
        self._unpinned = self._late = self._too_late = self._left_out = 0
        self._breaches = Breaches()
        self._latest_s = float("-inf")

    def knows(self, session: str, time_s: float) -> bool:
        """Whether a turn at `time_s` goes on with a session, or begins one."""
        known = self._sessions.get(session)
        return known is not None and time_s - known.last_seen_s <= self._idle_s

    def is_first_request(self, session: str, begun_s: float) -> bool:
        """Whether its session began with the request that began then."""
        known = self._sessions.get(session)
        return known is not None and known.begun_s == begun_s

    def begin(self, request: RunningRequest, *, probe: bool = False) -> None:
        """A session begins with this request, before it has finished. One of a probe gives a probe score and nothing else."""
        begun_s = request.begun_s
        counts = not probe and (begun_s >= self._start_s or (self._follows_on and begun_s >= self._start_s - self._tolerance_s))
        session = self._seen(request, begun_s, begun_s, counts=counts)
        if probe:
            session.measured |= {PROBE_SESSION}

    def pass_by(self, session: str, time_s: float) -> None:
        """A session was seen where nothing of it counts: on a release that is of neither arm. It is known from then on."""
        self._seen(RunningRequest(session, Arm.STABLE, 2, time_s), time_s, time_s, counts=False)

    def count(self, event: SessionEvent) -> None:
        """Count one finished request: of this interval, of the time since the last one, or late."""
        if not self._is_open:
            raise ValueError("an event is counted into an interval that is open")
        time_s, arm = event.time_s, event.arm
        counts = True
        if time_s < self._start_s:
            if not self._is_known_in_time(time_s):
                self._note_breach(event)
                return
            counts = self._follows_on
            time_s = self._start_s if counts else time_s
        elif time_s > self._latest_s:
            self._latest_s = time_s
        if counts:
            self._requests[arm is Arm.CANARY] += 1
        if event.flags:
            self._note_breach(event)
        session = self._seen(event, event.time_s - event.latency_ms / 1000, time_s, counts=counts)
        if session.stratum is None or not self._is_on_its_arm(session, arm):
            return
        tally = self._tally(session) if counts else None
        if tally is not None and session.at_risk_in != self._serial:
            self._put_at_risk(session, tally)
        if not event.ok or event.flags:
            self._turn_bad(session, event, tally)
        if event.turn == session.chosen_turn and not self._at_once <= session.measured:
            self._measure(session, event, tally)

    def count_running(self, request: RunningRequest, now_s: float) -> None:
        """Count a request that still runs at `now_s`, the interval's end, if it is its session's measured turn and exceeds the thresholds.

        How long it ran so far stands for its latency, which is no less. It is not counted again when it finishes.
        """
        ran_ms = (now_s - request.begun_s) * 1000
        if not self._outlasts(ran_ms):
            return
        session = self._seen(request, request.begun_s, now_s, counts=True)
        if session.stratum is None or request.turn != session.chosen_turn or not self._is_on_its_arm(session, request.arm):
            return
        if not self._metered.quantile_names <= session.measured:
            session.measured |= self._metered.quantile_names
            self._count_latency(ran_ms, self._tally(session), timed_out=False)

    def take_note(self, note: TurnNote) -> None:
        """Count what became known of a turn in the open interval, after its requests. Of a session that nobody knows nothing is counted."""
        if note.arm is Arm.CANARY and SAFETY in note.flags:
            self._breaches.add(f"session {note.session[:100]}")
        session = self._sessions.get(note.session)
        if session is None or note.arm is not session.arm or (note.probe and not self._is_probe(session)):
            self._left_out += 1
            return
        if session.stratum is None or (PROBE_SESSION in session.measured and not note.probe):
            return
        bad, measured = session.bad, session.measured
        tally, at_risk = self._tally(session), session.at_risk_in == self._serial
        count_note(note, session, tally, self._metered, at_risk=at_risk, probes=self._probes)
        if session.bad is not bad or session.measured is not measured:
            session.changed_in = self._serial
            self._changed[note.session] = session

    def _is_probe(self, session: CohortSession) -> bool:
        return self._probes or PROBE_SESSION in session.measured

    def close(self, end_s: float) -> Counted:
        """End the interval at `end_s`, which belongs to the next one; every event of it has been counted."""
        if not self._is_open or end_s <= self._start_s or self._latest_s >= end_s:
            raise ValueError(f"an interval from {self._start_s} with events up to {self._latest_s} cannot end at {end_s}")
        self._is_open = False
        self._mark = CohortMark(end_s, tuple(w for w in self._windows if w.until_s is None or w.until_s > end_s - self._idle_s))
        forgotten = self._forget(end_s)
        changed = tuple(session.state() for name, session in self._changed.items() if name in self._sessions)
        return Counted(self._interval(end_s), self._mark, changed, forgotten)

    def _interval(self, end_s: float) -> Interval:
        return Interval(
            start=datetime.fromtimestamp(self._start_s, UTC),
            end=datetime.fromtimestamp(end_s, UTC),
            step=self._step,
            canary_share=self._share,
            strata=tuple(
                stratum_interval(stratum, *self._tallies[stratum], self._metered, self._thresholds_ms) for stratum in sorted(self._tallies)
            ),
            canary_sessions=self._begun[True],
            stable_sessions=self._begun[False],
            canary_requests=self._requests[True],
            stable_requests=self._requests[False],
            unpinned=self._unpinned,
            safety_breaches=self._breaches.listed(),
            probes=self._probes,
            late=self._late,
            too_late=self._too_late,
            notes_left_out=self._left_out,
        )

    def _is_known_in_time(self, time_s: float) -> bool:
        """Sort out an event from before the interval. One of the gap between two windows changes its session and counts nothing."""
        cut_s = self._mark.cut_s
        if cut_s is None or time_s >= cut_s:
            return True
        if self._follows_on and time_s >= cut_s - self._tolerance_s:
            self._late += 1
            return True
        self._too_late += 1
        return False

    def _seen(self, request: SessionEvent | RunningRequest, begun_s: float, time_s: float, *, counts: bool) -> CohortSession:
        name = request.session
        session = self._sessions.get(name)
        if session is None or time_s - session.last_seen_s > self._idle_s:
            session = self._begin(request, begun_s, time_s, counts=counts)
        elif time_s > session.last_seen_s:
            session.last_seen_s = time_s
            self._sessions.move_to_end(name)
        if session.changed_in != self._serial:
            session.changed_in = self._serial
            self._changed[name] = session
        return session

    def _begin(self, request: SessionEvent | RunningRequest, begun_s: float, time_s: float, *, counts: bool) -> CohortSession:
        name, arm = request.session, request.arm
        stratum = self._stratum(begun_s) if request.turn == 1 else None
        session = self._sessions[name] = CohortSession(name, arm, stratum, begun_s, self._chosen_turn(name))
        session.last_seen_s = time_s
        self._sessions.move_to_end(name)
        if counts and request.turn == 1 and begun_s >= self._since_s:
            self._begun[arm is Arm.CANARY] += 1
        return session

    def _stratum(self, begun_s: float) -> int | None:
        if begun_s >= self._since_s:
            return self._stratum_now
        return next((w.step for w in self._windows if w.until_s is not None and w.since_s <= begun_s < w.until_s), None)

    def _chosen_turn(self, name: str) -> int:
        """The turn of the session that is measured, the same in every process."""
        if self._sampled_turns == 1:
            return 1
        digest = blake2b(name.encode("utf-8", "surrogatepass"), key=self._key, digest_size=8).digest()
        return 1 + int.from_bytes(digest, "big") % self._sampled_turns

    def _is_on_its_arm(self, session: CohortSession, arm: Arm) -> bool:
        if arm is session.arm:
            return True
        if session.unpinned_in != self._serial:
            session.unpinned_in = self._serial
            self._unpinned += 1
        return False

    def _tally(self, session: CohortSession) -> ArmTally:
        assert session.stratum is not None  # nosec B101 - the callers ask only of sessions that count
        pair = self._tallies.get(session.stratum)
        if pair is None:
            pair = self._tallies[session.stratum] = (ArmTally(self._metered), ArmTally(self._metered))
        return pair[session.arm is Arm.CANARY]

    def _put_at_risk(self, session: CohortSession, tally: ArmTally) -> None:
        session.at_risk_in = self._serial
        tally.sessions += 1
        if session.bad:
            for at, metric in enumerate(self._metered.counts):
                tally.bad_before[at] += metric.name in session.bad

    def _turn_bad(self, session: CohortSession, event: SessionEvent, tally: ArmTally | None) -> None:
        for at, metric in enumerate(self._metered.counts):
            is_bad = metric.flag in event.flags if metric.flag else not event.ok
            if is_bad and metric.name not in session.bad:
                session.bad |= {metric.name}
                if tally is not None:
                    tally.newly_bad[at] += 1

    def _measure(self, session: CohortSession, event: SessionEvent, tally: ArmTally | None) -> None:
        """The session's one turn: what it does not give now it never gives."""
        gave_latency = self._metered.quantile_names <= session.measured
        session.measured |= self._at_once
        if tally is None:
            return
        timed_out = TIMEOUT in event.flags
        is_whole = CLIENT_LEFT not in event.flags or self._outlasts(event.latency_ms)
        if not gave_latency and self._metered.quantiles and is_whole and (event.ok or timed_out):
            self._count_latency(event.latency_ms, tally, timed_out=timed_out)
        if self._at_once is not self._metered.all_measured:
            return
        for at, metric in enumerate(self._metered.scores):
            value = event.score if metric.cap is None else (event.amounts or {}).get(metric.name)
            if value is not None:
                tally.judged[at] += 1
                tally.scores[at].append(value)
            elif metric.cap is None and JUDGE_FAILED in event.flags:
                tally.judged[at] += 1
                tally.judge_failures[at] += 1

    def _outlasts(self, ran_ms: float) -> bool:
        """How long it will take is not known, but that it is longer than every threshold is."""
        limits = [limit for limit in self._limits_ms if limit is not None]
        return bool(limits) and ran_ms > max(limits)

    def _count_latency(self, latency_ms: float, tally: ArmTally, *, timed_out: bool) -> None:
        tally.histogram.add(latency_ms)
        for at, limit_ms in enumerate(self._limits_ms):
            if limit_ms is not None and (timed_out or latency_ms > limit_ms):
                tally.exceeding[at] += 1

    def _note_breach(self, event: SessionEvent) -> None:
        """A breach of safety is one whenever it is heard of: in a warm-up, in a pause, of a session that belongs to no stratum."""
        if event.arm is Arm.CANARY and SAFETY in event.flags:
            self._breaches.add(f"session {event.session[:100]}, turn {event.turn}")

    def _forget(self, now_s: float) -> tuple[str, ...]:
        """Let go of sessions that were silent for too long. They stand nearly in the order of their last turns: few are looked at."""
        forgotten = []
        while self._sessions:
            name, session = next(iter(self._sessions.items()))
            if now_s - session.last_seen_s <= self._idle_s:
                break
            del self._sessions[name]
            forgotten.append(name)
        return tuple(forgotten)


def _with_window(windows: tuple[BakingWindow, ...], present: BakingWindow, cut_s: float | None) -> tuple[BakingWindow, ...]:
    """`windows` with `present` as the open one; the one that was open ended at the last cut."""
    if windows and windows[-1] == present:
        return windows
    earlier = tuple(
        BakingWindow(window.step, window.since_s, cut_s) if window.until_s is None and cut_s is not None else window for window in windows
    )
    return (*earlier, present)
