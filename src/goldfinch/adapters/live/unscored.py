"""Answers that the queue dropped, as judge failures of their sessions: missing, and not as if nobody had asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from goldfinch.core.health.events import TurnNote
from goldfinch.core.health.metrics import EVALUATION_SCORE, Arm
from goldfinch.ports.live_notes import LiveNotes
from goldfinch.ports.trace_queue import SampledAnswer


class UnscoredAnswers:
    """What an `AnswerQueue` tells of dropped answers."""

    def __init__(self, notes: LiveNotes, arms: Callable[[], Mapping[str, Arm]]) -> None:
        """`arms`: of the releases of the rollouts under way; an answer of any other release belongs to none of them any more."""
        self._notes, self._arms = notes, arms

    def __call__(self, answers: tuple[SampledAnswer, ...]) -> None:
        """Raises `NotesUnavailable`; the answers then stay where they are."""
        arms = self._arms()
        self._notes.add(
            TurnNote(answer.time_s, answer.session, arms[answer.release], scores={EVALUATION_SCORE.name: None})
            for answer in answers
            if answer.release in arms
        )
