"""Asking the model: within the task's limits, counted, and with every failure as a `ReasoningError` of one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from src.agents.spending import LimitReached, Spending
from src.config import Config
from src.domain import Model, ModelRequest, ReasoningError, TokenUsage
from src.models import prompts
from src.models.replies import NoRoom, UnusableReply, shown, usage_of

PLAN_SHARE = 0.6
"""Most of what is left that a plan may take, so that the answer has something left."""
_DOING = {"plan": "planning", "write": "writing the answer"}


class NothingUsable(ReasoningError):
    """The model replied, but not with a plan or an answer; `problems` says in words what was wrong, for a second try."""

    def __init__(self, purpose: str, problems: tuple[str, ...]) -> None:
        super().__init__(f"the model gave no usable {'plan' if purpose == 'plan' else 'answer'}: {shown('; '.join(problems), 400)}")
        self.problems = problems


class Thinker:
    """The model, asked within limits."""

    def __init__(self, model: Model, config: Config) -> None:
        self._model = model
        self._config = config

    async def ask(self, request: ModelRequest, spending: Spending) -> Mapping[str, Any]:
        """One call of `generate`. Raises `NothingUsable` for a reply that is no object, `LimitReached` where the limits leave
        no room for the call, `ReasoningError` where the model failed."""
        left = spending.require(request.purpose)
        bounded = replace(request, max_tokens=int(left * PLAN_SHARE) if request.purpose == "plan" else left)
        try:
            reply = await self._model.generate(bounded)
        except UnusableReply as error:
            spending.count(error.usage or self._estimated(request, ""))
            raise NothingUsable(request.purpose, (str(error),)) from error
        except NoRoom as full:
            raise LimitReached(str(full)) from full
        except Exception as error:
            line = shown(str(error), 300) or type(error).__name__
            raise ReasoningError(f"the model failed while {_DOING[request.purpose]}: {line}") from error
        if not isinstance(reply, Mapping):
            spending.count(self._estimated(request, str(reply)))
            raise NothingUsable(request.purpose, (f"the reply is a {type(reply).__name__}, not an object",))
        spending.count(usage_of(reply) or self._estimated(request, json.dumps(dict(reply), default=str)))
        return reply

    def _estimated(self, request: ModelRequest, reply: str) -> TokenUsage:
        """For models that do not count: by the length of what would have been sent."""
        sent = prompts.render(request, quarantine=self._config.behaviour.quarantine_data)
        return TokenUsage(prompts.estimated_tokens(sent), prompts.estimated_tokens(reply))
