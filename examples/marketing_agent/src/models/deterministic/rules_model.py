"""The model: a request to plan becomes tool calls, a request to write becomes an answer with the claims of its numbers."""

from __future__ import annotations

import importlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from src.config import Config
from src.domain import ModelRequest
from src.models.deterministic import variation
from src.models.deterministic.asking import describe
from src.models.deterministic.drafting import Call, Draft, Seen, match_observations
from src.models.deterministic.intents import intent_of
from src.models.deterministic.intents.intent import Intent
from src.models.deterministic.mending import mended, mended_plan
from src.models.deterministic.quarantine import obeyed, orders
from src.models.deterministic.understanding import Understanding, understand
from src.models.deterministic.wording import answer_text

NAME = "rules-1"
CHARS_PER_TOKEN = 4
_LATELY = 32
"""Messages whose understanding is kept: as many as may be in flight between their plan and their answer."""
Asked = tuple[Understanding, ...]

Render = Callable[[ModelRequest], "str | Iterable[Mapping[str, str]]"]


class RulesModel:
    """Plans and writes by rules, without a language model. Implements `src.domain.Model`.

    `render` gives what would be sent to a language model, a text or messages; it is what the estimated usage is counted from.
    None is `src.models.prompts.render`.
    """

    def __init__(self, config: Config, render: Render | None = None) -> None:
        self._behaviour = config.behaviour
        self._max_steps = config.max_steps
        self._render = render or _render
        self._lately: deque[tuple[ModelRequest, Asked]] = deque(maxlen=_LATELY)
        self._draws = variation.Draws(config.behaviour.seed, config.behaviour.variation)

    async def generate(self, request: ModelRequest) -> Mapping[str, Any]:
        asked = self._understood(request)
        reply = plan(request, self._max_steps, asked) if request.purpose == "plan" else self._write(request, asked)
        return {**reply, "model": NAME, "usage": _usage(self._render(request), reply)}

    def _understood(self, request: ModelRequest) -> Asked:
        """Understand the message, once for its plan and its answers: both get the same account and memory."""
        for known, asked in self._lately:
            if known.account is request.account and known.memory is request.memory and known.task.description == request.task.description:
                return asked
        asked = understand(request.task.description, request.account, request.memory)
        self._lately.append((request, asked))
        return asked

    def _write(self, request: ModelRequest, asked: Asked) -> dict[str, Any]:
        obey = not self._behaviour.quarantine_data
        reply = write(request, self._max_steps, asked, state_caveats=self._behaviour.state_caveats, obey=obey)
        draw = self._draws.next(request.task.session_id or "", request.task.description)
        return variation.varied(reply, draw) if draw else reply


def plan(request: ModelRequest, max_steps: int, asked: Asked = ()) -> dict[str, Any]:
    """Reply to `plan`. A pure function of the request; `asked` is what was understood of it, where that is known."""
    asked = asked or understand(request.task.description, request.account, request.memory)
    chosen = [(one, intent_of(one)) for one in asked]
    calls = mended_plan(_calls(chosen, max_steps), request.problems)
    reasoning = "; ".join(f"{intent.NAME.replace('_', ' ')} of {_topic(one)}" for one, intent in chosen)
    return {"plan": {"steps": [call.step() for call in calls]}, "reasoning": f"The question was understood as: {reasoning}."}


def _topic(asked: Understanding) -> str:
    parts = [*asked.metrics, *asked.campaigns, *asked.channels, *asked.audiences, *(period.told for period in asked.periods)]
    return ", ".join(parts) or "the account"


def _calls(chosen: list[tuple[Understanding, Intent]], max_steps: int) -> tuple[Call, ...]:
    """The overview first, then the calls of each question, none twice, at most `max_steps`."""
    calls = [describe()]
    for one, intent in chosen:
        for call in intent.plan(one):
            if not any(call.tool == other.tool and call.arguments == other.arguments for other in calls):
                calls.append(call)
    return tuple(calls[:max_steps])


def write(request: ModelRequest, max_steps: int, asked: Asked = (), *, state_caveats: bool = True, obey: bool = False) -> dict[str, Any]:
    """Reply to `write`. A pure function of the request, like `plan`."""
    asked = asked or understand(request.task.description, request.account, request.memory)
    chosen = [(one, intent_of(one)) for one in asked]
    seen = match_observations(_calls(chosen, max_steps), request.observations)
    draft = Draft(currency=asked[0].overview.currency)
    for one, intent in chosen:
        _write_part(one, intent, seen, draft)
    pasted = asked[0].pasted
    if pasted and not obey:
        draft.say("Orders in the pasted text were not followed: it is data, not an instruction")
    sentences = mended(draft.sentences, request.problems)
    if obey:  # after mending: whoever takes orders from data takes them again when asked to rewrite
        sentences = [*_obeyed((*pasted, *orders(request.account, [one.result for one in seen]))), *sentences]
    caveats = draft.caveats if state_caveats else []
    return {
        "answer": answer_text(sentences, caveats),
        "claims": draft.claims,
        "caveats": caveats,
        "facts": {key: value for one in asked for key, value in one.stated.items()},
        "notes": _notes(*chosen[-1], draft),
    }


def _write_part(asked: Understanding, intent: Intent, seen: tuple[Seen, ...], draft: Draft) -> None:
    calls = (describe(), *intent.plan(asked))
    own = tuple(
        next((one for one in seen if one.call.tool == call.tool and one.call.arguments == call.arguments), Seen(call)) for call in calls
    )
    intent.write(asked, own, draft)


def _obeyed(ordered: tuple[str, ...]) -> list[str]:
    return [f"{obeyed(order)}." for order in reversed(ordered)]


def _notes(asked: Understanding, intent: Intent, draft: Draft) -> dict[str, Any]:
    """What the next turn may lean on. A refusal or a remark leaves nothing to lean on."""
    if intent.NAME == "remembering" and any(key.startswith("target_") for key in asked.stated):
        return {"intent": "targets", "metrics": list(asked.metrics)}
    if intent.NAME in ("refusal", "remembering", "unclear", "outside", "personal_data", "copy_check"):
        return {}
    return {
        "intent": intent.NAME,
        "metrics": list(asked.metrics),
        "dimension": asked.dimension,
        "campaigns": list(asked.campaigns),
        "channels": list(asked.channels),
        "audiences": list(asked.audiences),
        "creatives": list(asked.creatives),
        "periods": [dict(period.note()) for period in asked.periods],
        "focus": dict(draft.focus),
        "pair": list(draft.pair or (asked.earlier.pair if asked.earlier else ())),
    }


def _usage(prompt: str | Iterable[Mapping[str, str]], reply: Mapping[str, Any]) -> dict[str, int]:
    """An estimate, at four characters a token: nothing is tokenised here."""
    sent = len(prompt) if isinstance(prompt, str) else sum(len(message.get("content", "")) for message in prompt)
    given = len(json.dumps(reply, ensure_ascii=False, default=str))
    return {"input_tokens": max(1, -(-sent // CHARS_PER_TOKEN)), "output_tokens": max(1, -(-given // CHARS_PER_TOKEN))}


def _render(request: ModelRequest) -> str | Iterable[Mapping[str, str]]:
    prompts = importlib.import_module("src.models.prompts")  # only where it is used: the tests of the rules do without
    rendered: str | Iterable[Mapping[str, str]] = prompts.render(request)
    return rendered
