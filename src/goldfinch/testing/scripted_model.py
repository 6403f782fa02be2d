"""A chat model for tests: what it replies follows a script, and what it was asked can be read afterwards. No key, no network."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from goldfinch.core.conversation import conversation
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable
from goldfinch.core.judging.codes import SCRIPT_USED_UP
from goldfinch.core.output import FailureKind, Output, Usage
from goldfinch.testing.scripted import Scripted, ScriptedCalls

Messages = Sequence[Mapping[str, Any]]
"""A conversation in OpenAI's format: objects with `role` and `content`, the oldest first."""
Reply = Scripted
Script = Sequence[Reply] | Callable[[Messages], Reply]

_CHARACTERS_PER_TOKEN = 4


class ScriptedModel(ScriptedCalls):
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
        super().__init__(
            name=name,
            version=version,
            limit_key=limit_key,
            cost_usd=cost_usd,
            worst_case_usd=worst_case_usd,
            timeout_kind=timeout_kind,
        )
        self._script = script if callable(script) else tuple(script)
        self.requests: list[Messages] = []
        """The messages of every call, in the order in which the calls came."""

    @property
    def calls(self) -> int:
        """How often the model was asked, failures included."""
        return len(self.requests)

    async def answer(self, case: Case, *, trial: int, seed: int | None) -> Output:  # noqa: ARG002 - the port's signature
        messages = messages_of(case.input)
        number = len(self.requests)
        self.requests.append(messages)
        return await self._given(lambda: self._reply(number, messages), lambda text: self._spelt_out(text, messages))

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

    def _spelt_out(self, reply: str, messages: Messages) -> Output:
        usage = Usage(_tokens(json.dumps(messages, ensure_ascii=False, default=str)), _tokens(reply))
        return Output(text=reply, usage=usage, cost_usd=self._cost_usd, model=self._name, finish_reason="stop")


def messages_of(value: Any) -> Messages:
    """The conversation that a case's input stands for: messages as they are, anything else as what one user says."""
    if (messages := conversation(value)) is not None:
        return messages
    return [{"role": "user", "content": value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)}]


def seen_text(messages: Messages) -> str:
    """All that the model was told, joined: what a script may look into."""
    return "\n".join(str(message.get("content") or "") for message in messages)


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_PER_TOKEN)
