"""The proxy's access log and the notes as a source of measurements: read by durable offsets, counted by event time, each thing once.

A reading gives the same however often it is repeated: what it takes is decided by the times in the lines alone, and it waits until the
log is known to be written up to the end that was asked for. The cursor holds the offsets and the cohort's mark; it is saved with the
interval or not at all, so a controller that is killed in between loses and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from goldfinch.adapters.live.access_log import AccessLog
from goldfinch.adapters.live.cursor import LiveCursor
from goldfinch.adapters.live.known_notes import KnownNotes
from goldfinch.adapters.live.sign_of_life import EnvoyAnswers, SignOfLife, TouchedFile, in_words
from goldfinch.core.health.cohort import IDLE_S, Cohort, CohortMark
from goldfinch.core.health.events import SessionState
from goldfinch.core.health.failures import MetricsUnavailable
from goldfinch.core.health.metrics import Arm, GatedMetric
from goldfinch.core.live import codes
from goldfinch.core.live.turns import Turns
from goldfinch.ports.clock import Clock
from goldfinch.ports.evidence_source import Question, Reading
from goldfinch.ports.rollout_log import RolloutLog

WAIT_S: Final = 5.0
"""How long a reading waits for the log to be written up to its end."""
_LOOK_S = 0.1
_OVERLOOKED, _OVERLOOKED_SHARE = 10, 0.01


class LiveEvidence:
    """`EvidenceSource` of one rollout. For one reader at a time; the files are the proxy's and the scorers'."""

    def __init__(
        self,
        access_log: Path,
        notes: Path,
        clock: Clock,
        *,
        canary: str,
        stable: str | None,
        metrics: tuple[GatedMetric, ...],
        sign_of_life: Path | None = None,
        log: RolloutLog | None = None,
        idle_s: float = IDLE_S,
        wait_s: float = WAIT_S,
        probes_are_traffic: bool = False,
    ) -> None:
        """`canary`, `stable`: ids of the releases, as the log names them.

        `sign_of_life`: a file that a living proxy keeps touching; None: Envoy is asked, at `proxy/admin.sock` beside the log's folder.

        `probes_are_traffic`: an environment without users, where the sessions of probes are all there are, and every interval says so.
        """
        self._clock, self._log = clock, log
        self._metrics, self._idle_s, self._wait_s, self._probes = metrics, idle_s, wait_s, probes_are_traffic
        self._arms = {canary: Arm.CANARY} | ({stable: Arm.STABLE} if stable is not None else {})
        self._access, self._notes = AccessLog(access_log, clock, idle_s=idle_s), KnownNotes(notes)
        self._folder = access_log
        self._alive: SignOfLife = EnvoyAnswers(access_log.parent / "proxy" / "admin.sock", clock)
        if sign_of_life is not None:
            self._alive = TouchedFile(sign_of_life)
        self._stands_at: str | None = None
        self._missing_until_s = float("-inf")
        self._said: set[str] = set()

    async def read(self, question: Question, sessions: Iterable[SessionState]) -> Reading:
        """Raises `MetricsUnavailable`: the log is silent without a living proxy, unreadable, or a part of it is gone (once for each)."""
        try:
            return await self._read(question, sessions)
        except OSError as error:
            raise MetricsUnavailable(f"{error.strerror or error}", where=str(error.filename or ""), code=codes.LOG_UNREADABLE) from error

    async def _read(self, question: Question, sessions: Iterable[SessionState]) -> Reading:
        until_s = question.until.timestamp()
        if question.cursor != self._stands_at:
            self._begin_at(question, sessions)
        await self._until_written(until_s)
        self._see_what_is_missing(until_s)
        since_s = max(question.baking_since.timestamp(), self._access.hole_ends_s or 0.0)
        if until_s <= max(since_s, self._cohort.mark.cut_s or since_s):
            return Reading((), question.cursor)
        self._stands_at = None  # whatever goes wrong from here on: counting begins anew at the saved cursor
        self._cohort.open(
            step=question.step,
            baking_since_s=since_s,
            canary_share=question.canary_share,
            thresholds_ms=question.thresholds_ms,
            comparable=question.comparable,
        )
        self._count(until_s)
        counted = self._cohort.close(until_s)
        if left_out := counted.interval.notes_left_out:
            self._say("evidence.notes_left_out", f"{left_out:,} notes are of sessions that the log does not know, or of the other arm")
        self._access.bad.forget()
        self._stands_at = self._cursor(counted.mark)
        return Reading((counted.interval,), self._stands_at, counted.sessions, counted.forgotten)

    def _count(self, until_s: float) -> None:
        turns = self._turns
        for line in self._access.take(until_s):
            turns.take(line, known_since_s=self._access.known_since_s)
        for request in turns.running(until_s):
            self._cohort.count_running(request, until_s)
        for note in self._notes.take(until_s):
            self._cohort.take_note(note)
        if self._notes.bad:
            self._say("evidence.bad_notes", f"{self._notes.bad:,} lines of the log of notes are none, and are left out")

    def _begin_at(self, question: Question, sessions: Iterable[SessionState]) -> None:
        cursor = LiveCursor.read(question.cursor)
        self._stands_at = None
        self._missing_until_s = float("-inf")
        self._cohort = Cohort(
            question.rollout_id,
            self._metrics,
            idle_s=self._idle_s,
            probes=self._probes,
            notes_follow=True,
            mark=cursor.mark if cursor else CohortMark(),
            sessions=sessions if cursor else (),
        )
        self._turns = Turns(self._cohort, self._arms, idle_s=self._idle_s, probes_are_traffic=self._probes)
        if cursor is None:
            since_s = question.baking_since.timestamp()
            self._access.begin(since_s - self._idle_s)
            self._notes.begin(since_s)
        else:
            self._access.resume(cursor)
            self._notes.resume(cursor)
            for line in self._access.taken_before(cursor):
                self._turns.take_again(line)
        self._stands_at = question.cursor

    async def _until_written(self, until_s: float) -> None:
        """Wait until every line of what happened before `until_s` is in the log."""
        gives_up_s = self._clock.monotonic_s() + self._wait_s
        while True:
            alive_s = await self._alive.seen_s()
            self._access.pull(until_s)
            if self._access.is_written(until_s, alive_s):
                return
            if self._access.has_more:
                gives_up_s = self._clock.monotonic_s() + self._wait_s
                await self._clock.sleep(0)
                continue
            if self._clock.monotonic_s() >= gives_up_s:
                raise MetricsUnavailable(in_words(self._folder, until_s, alive_s), code=codes.LOG_SILENT)
            await self._clock.sleep(_LOOK_S)

    def _see_what_is_missing(self, until_s: float) -> None:
        """A hole makes the reading that finds it fail, and any other up to the same time; the next one goes on behind it."""
        if why := self._access.missing() or self._notes.missing() or self._alive.trouble():
            self._missing_until_s = until_s
            self._missing = why
        if until_s <= self._missing_until_s:
            raise MetricsUnavailable(self._missing, where="evidence", code=codes.EVIDENCE_MISSING)
        bad = self._access.bad
        if bad.many:
            self._say("evidence.bad_lines", f"{bad.many:,} of {bad.lines:,} lines of the access log are none, such as {bad.example}")
        if bad.many > max(_OVERLOOKED, _OVERLOOKED_SHARE * bad.lines):
            what = f"{bad.many:,} of {bad.lines:,} lines of the access log cannot be read, such as {bad.example}"
            raise MetricsUnavailable(what, where="evidence", code=codes.LINES_UNREADABLE)

    def _cursor(self, mark: CohortMark) -> str:
        return LiveCursor.of(mark, self._access, self._notes, oldest_running=self._turns.oldest_running()).write()

    def _say(self, event: str, words: str) -> None:
        """Once for each kind."""
        if self._log is not None and event not in self._said:
            self._said.add(event)
            self._log.write(event, {"why": words})
