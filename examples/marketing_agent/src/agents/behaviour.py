"""What releases do differently around the model: waiting, losing a sentence now and then, breaking under load. See `Behaviour`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from src.agents.drafts import CAVEATS
from src.config import Behaviour
from src.domain import Model, ModelRequest

SUBSTANCE_SHARE = 0.1
"""Of the answers that vary, those that lose something."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'])")

Sleep = Callable[[float], Awaitable[Any]]


class ScratchpadBroken(RuntimeError):
    """The state that tasks share was overwritten by another task (release `crashy`)."""


def behaving(model: Model, behaviour: Behaviour, *, sleep: Sleep = asyncio.sleep) -> Model:
    """The model as this release has it; the model itself where the release is a good one."""
    if behaviour.variation > 0:
        model = VaryingModel(model, behaviour)
    if behaviour.model_delay_ms > 0:
        model = DelayedModel(model, behaviour.model_delay_ms / 1000, sleep)
    return model


class DelayedModel:
    """Waits before each call, as behind a slower endpoint."""

    def __init__(self, model: Model, delay_s: float, sleep: Sleep) -> None:
        self._model, self._delay_s, self._sleep = model, delay_s, sleep

    async def generate(self, request: ModelRequest) -> Mapping[str, Any]:
        await self._sleep(self._delay_s)
        return await self._model.generate(request)


class VaryingModel:
    """A seeded share of the answers loses its last caveat, or where there is none its last sentence with a number.

    Drawn from session, turn and question: the same run gives the same answers, another session others.
    """

    def __init__(self, model: Model, behaviour: Behaviour) -> None:
        self._model, self._behaviour = model, behaviour

    async def generate(self, request: ModelRequest) -> Mapping[str, Any]:
        reply = await self._model.generate(request)
        if request.purpose != "write" or not isinstance(reply, Mapping) or not isinstance(reply.get("answer"), str):
            return reply
        if self._draw(request) >= self._behaviour.variation * SUBSTANCE_SHARE:
            return reply
        return {**reply, "answer": without_last_point(reply["answer"]), "caveats": list(reply.get("caveats") or ())[:-1]}

    def _draw(self, request: ModelRequest) -> float:
        """Uniform in [0, 1)."""
        run = f"{request.task.session_id}\0{len(request.memory.turns)}\0{request.task.description}"
        digest = sha256(f"{self._behaviour.seed}\0substance\0{run}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64


def without_last_point(answer: str) -> str:
    """`answer` without its last caveat, or without its last sentence that has a digit; the first sentence stays."""
    body, mark, caveats = answer.partition(CAVEATS)
    if mark:
        kept = _SENTENCE_END.split(caveats.strip())[:-1]
        return f"{body.rstrip()} {CAVEATS} {' '.join(kept)}" if kept else body.rstrip()
    sentences = _SENTENCE_END.split(answer.strip())
    with_digits = [place for place, sentence in enumerate(sentences) if place and any(map(str.isdigit, sentence))]
    if with_digits:
        del sentences[with_digits[-1]]
    return " ".join(sentences)


class InFlight:
    """Tasks of this process at a time. With a limit, a task beyond it finds the shared scratchpad overwritten (release `crashy`)."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self.count = 0

    @contextmanager
    def task(self) -> Iterator[None]:
        self.count += 1
        try:
            if self._limit is not None and self.count > self._limit:
                raise ScratchpadBroken(f"{self.count} tasks share a scratchpad made for {self._limit}")
            yield
        finally:
            self.count -= 1
