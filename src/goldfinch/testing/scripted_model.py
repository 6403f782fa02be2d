"""A chat model for tests: what it replies follows a script, and what it was asked can be read afterwards. No key, no network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable
from goldfinch.core.judging.codes import SCRIPT_USED_UP
from goldfinch.core.output import Failure, FailureKind, Output, Usage
from goldfinch.ports.agent import AnswerFailed

Messages = Sequence[Mapping[str, Any]]
"""A conversation in OpenAI's format: objects with `role` and `content`, the oldest first."""
Reply = str | Output | Failure | Exception
Script = Sequence[Reply] | Callable[[Messages], Reply]

_CHARACTERS_PER_TOKEN = 4


class ScriptedModel:
    """Replies without asking anybody; an `Agent` wherever a model is wanted, such as a judge's.

    `script` is the replies in the order of the calls, or a function from the messages to a reply, called once per call. A reply is a
    text, a whole `Output`, a `Failure`, or an exception to raise. A sequence that is used up is an error of the test: the run stops
    with `AgentUnusable`. Give a function for a reply that repeats.

    A text costs `cost_usd` (None: an unknown price, never 0) and uses one token per four characters, rounded up.
    """

    def __init__(
        self,
        script: Script,
        *,
        name: str = "scripted-model",
        version: str = "1",
        limit_key: str = "scripted-model",
        cost_usd: float | None = 0.001,
        worst_case_usd: float | None = None,
        timeout_kind: FailureKind = FailureKind.PROVIDER_TIMEOUT,
    ) -> None:
        if isinstance(script, str):
            raise TypeError("the script is a list of replies or a function, not a text; give [text] for one reply")
        self._script = script if callable(script) else tuple(script)
        self._name = name
        self._version = version
        self._limit_key = limit_key
        self._cost_usd = cost_usd
        self._worst_case_usd = worst_case_usd
        self._timeout_kind = timeout_kind
        self.requests: list[Messages] = []
        """The messages of every call, in the order in which the calls came."""
        self.max_in_flight = 0
        self._in_flight = 0

    @property
    def calls(self) -> int:
        """How often the model was asked, failures included."""
        return len(self.requests)

    @property
    def name(self) -> str:
        return self._name

    @property
    def version(self) -> str:
        return self._version

    @property
    def limit_key(self) -> str:
        return self._limit_key

    @property
    def timeout_kind(self) -> FailureKind:
        return self._timeout_kind

    @property
    def is_recorded(self) -> bool:
        return False

    def worst_case_cost_usd(self, case: Case) -> float | None:  # noqa: ARG002 - the port's signature
        return self._worst_case_usd

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:  # noqa: ARG002 - the port's signature
        messages = messages_of(case.input)
        number = len(self.requests)
        self.requests.append(messages)
        self._in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self._in_flight)
        try:
            await asyncio.sleep(0)  # lets other calls start, as a real one would
            return self._play(self._reply(number, messages), messages)
        finally:
            self._in_flight -= 1

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None: ...

    def _reply(self, number: int, messages: Messages) -> Reply:
        if callable(self._script):
            return self._script(messages)
        if number >= len(self._script):
            raise AgentUnusable(
                f"the script of {self._name} has {len(self._script)} replies and was asked for one more",
                hint="add a reply, or give a function where replies repeat",
                code=SCRIPT_USED_UP,
            )
        return self._script[number]

    def _play(self, reply: Reply, messages: Messages) -> Output:
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Failure):
            raise AnswerFailed(reply)
        if isinstance(reply, Output):
            return reply
        usage = Usage(_tokens(json.dumps(messages, ensure_ascii=False, default=str)), _tokens(reply))
        return Output(text=reply, usage=usage, cost_usd=self._cost_usd, model=self._name, finish_reason="stop")


def messages_of(value: Any) -> Messages:
    """The conversation that a case's input stands for: messages as they are, anything else as what one user says."""
    inner = value.get("messages") if isinstance(value, Mapping) else value
    if isinstance(inner, list | tuple) and inner and all(isinstance(item, Mapping) and "role" in item for item in inner):
        return inner
    return [{"role": "user", "content": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)}]


def seen_text(messages: Messages) -> str:
    """All that the model was told, joined: what a script may look into."""
    return "\n".join(str(message.get("content") or "") for message in messages)


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_PER_TOKEN)
