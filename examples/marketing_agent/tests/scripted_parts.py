"""Scripted stand-ins for the agent's parts: a model that replies in order, tools that give what a test says, memory in a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jsonschema

from src.agents import ReasoningAgent
from src.config import Behaviour, Config
from src.domain import Fact, ModelRequest, Observation, Recollection, Turn

KPIS = {
    "groups": [{"key": "Brand Search", "cost": 1200.5, "conversions": 61, "roas": {"value": 3.4178, "low": 3.1, "high": 3.7}}],
    "currency": "EUR",
    "start": "2026-10-25",
    "end": "2026-10-31",
    "days": 7,
    "warnings": ["2 days are missing in Brand Search: 2026-10-26, 2026-10-27"],
}
OVERVIEW = {"name": "aurora", "campaigns": [{"name": "Brand Search"}, {"name": "Summer 24 Sale"}], "budget": {"daily_total": 500}}
PLAN = {
    "plan": {"steps": [{"thought": "measure", "tool": "compute_kpis", "arguments": {"group_by": "campaign"}}]},
    "reasoning": "the question is about ROAS",
}
ANSWER = {
    "answer": "The ROAS of Brand Search is 3.42. Caveats: 2 days are missing: 2026-10-26, 2026-10-27.",
    "claims": [{"label": "ROAS", "value": 3.4178, "unit": "x", "source": "s1.groups.0.roas.value"}],
    "caveats": ["2 days are missing: 2026-10-26, 2026-10-27"],
    "facts": {},
    "notes": {"metric": "roas"},
}
QUESTION = "What is the ROAS of Brand Search?"


class ScriptedModel:
    """Gives its replies in order, the last one for ever; a reply that is an exception is raised."""

    def __init__(self, *replies: Any) -> None:
        self._replies = list(replies)
        self.requests: list[ModelRequest] = []

    async def generate(self, request: ModelRequest) -> Any:
        self.requests.append(request)
        reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
        if isinstance(reply, BaseException):
            raise reply
        return reply

    @property
    def purposes(self) -> list[str]:
        return [request.purpose for request in self.requests]


class ScriptedTools:
    """Tools by name: a result, a list of results (an exception among them is a failure) or a function of the arguments."""

    def __init__(self, **results: Any) -> None:
        self._results = {"describe_data": OVERVIEW, "compute_kpis": KPIS, **results}
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.draws: list[str] = []

    def schemas(self) -> Sequence[Mapping[str, Any]]:
        return [
            _schema("describe_data", {}),
            _schema(
                "compute_kpis", {"group_by": {"type": "string", "enum": ["total", "campaign"]}, "campaign": {"type": "string"}}, "group_by"
            ),
            _schema("diagnose_campaign", {"campaign": {"type": "string"}}, "campaign"),
        ]

    def validate(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        schema = next(each["function"]["parameters"] for each in self.schemas() if each["function"]["name"] == name)
        return tuple(error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(dict(arguments)))

    async def call(self, step_id: str, name: str, arguments: Mapping[str, Any], workspace: Any, *, draw: str = "") -> Observation:
        self.calls.append((name, arguments))
        self.draws.append(draw)
        result = self._results[name]
        if isinstance(result, list):
            result = result.pop(0) if len(result) > 1 else result[0]
        if isinstance(result, Callable):  # type: ignore[arg-type]
            result = result(arguments)
        if isinstance(result, Exception):
            return Observation(step_id, name, arguments, error=str(result))
        return Observation(step_id, name, arguments, result=result)


class DictMemory:
    """Memory of this process; `broken` makes every method raise."""

    def __init__(self, *, broken: bool = False) -> None:
        self.turns: dict[str, list[Turn]] = {}
        self.facts: dict[str, list[Fact]] = {}
        self.is_closed = False
        self._broken = broken

    async def recall(self, session_id: str) -> Recollection:
        self._check()
        return Recollection(tuple(self.turns.get(session_id, ())), tuple(self.facts.get(session_id, ())))

    async def remember(self, session_id: str, turn: Turn, facts: tuple[Fact, ...]) -> None:
        self._check()
        self.turns.setdefault(session_id, []).append(turn)
        self.facts.setdefault(session_id, []).extend(facts)

    async def forget(self, session_id: str) -> bool:
        return self.turns.pop(session_id, None) is not None

    async def close(self) -> None:
        self.is_closed = True

    def _check(self) -> None:
        if self._broken:
            raise ConnectionError("the store is down")


class OpenAccounts:
    def open(self, context: Mapping[str, Any]) -> Any:
        if context.get("account") == "nobody":
            raise LookupError("unknown account 'nobody'; known: aurora")
        return dict(context)


def scripted_agent(
    model: Any, *, tools: Any = None, memory: Any = None, behaviour: Behaviour | None = None, **settings: Any
) -> ReasoningAgent:
    """An agent whose every part is scripted."""
    config = Config(behaviour=behaviour or Behaviour(), release_id="test-1", **settings)
    return ReasoningAgent(
        llm=model, config=config, memory=memory or DictMemory(), workspaces=OpenAccounts(), tools=tools or ScriptedTools()
    )


def _schema(name: str, properties: Mapping[str, Any], *required: str) -> Mapping[str, Any]:
    parameters = {"type": "object", "properties": dict(properties), "required": list(required), "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": f"does {name}", "parameters": parameters}}
