"""Wires a judge: the model that is asked, how it is asked, and whether its metrics may decide anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel

from goldfinch.adapters.files.judge_replies import JudgeReplyFile
from goldfinch.adapters.pricing import PriceList
from goldfinch.bootstrap.agents import build_agent, is_agent, parse_agent_spec
from goldfinch.bootstrap.exchanges import NO_EXCHANGES, ExchangeWiring
from goldfinch.bootstrap.judge_gating import CalibratedMark, gating
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import GoldfinchError, UsageError
from goldfinch.core.judging.codes import IDLE_JUDGE
from goldfinch.core.judging.counterfactual import Check
from goldfinch.core.judging.protocol import JudgeProtocol
from goldfinch.core.judging.reading import preference_schema, verdict_schema
from goldfinch.core.judging.rubric import LEVELS
from goldfinch.core.redaction import Redactor
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.judging import Judge, judges_anything, of_the_judge
from goldfinch.ports.agent import Agent
from goldfinch.settings import AgentSettings, JudgeSettings, OpenAIAgent

JudgeSpec = str | AgentSettings | JudgeSettings | Agent
"""A judge as a person names it: text as for --agent, settings, or an `Agent`."""

_OPENAI_HOST = "api.openai.com"
_LIMITS = ("max_completion_tokens", "max_tokens", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class JudgeTerms:
    """What a metric must know of the judge: its version rests on the protocol, and the calibration says whether it decides, and where."""

    protocol: JudgeProtocol
    calibrated_mark: CalibratedMark


@dataclass(frozen=True, slots=True)
class ConfiguredJudge:
    """A judge before its run: its model is built, nothing is asked, and its replies have no place yet.

    `pair_model` is the same model, told to reply with a preference where `model` is told to reply with a level.
    """

    model: Agent
    pair_model: Agent
    terms: JudgeTerms
    budget_usd: float | None = None
    model_settings: AgentSettings | None = None
    """What may hold the judge's key; None for a model that was handed over as an object."""
    is_given: bool = False
    """Named by hand and not by the settings file."""

    def judging(self, folder: Callable[[], Path], redact: Redactor, *, budget_usd: float | None = None) -> Judge:
        """The judge of a run whose files go to `folder`; `budget_usd` holds where the settings name none."""
        own = self.budget_usd if self.budget_usd is not None else budget_usd
        return Judge(self.model, self.terms.protocol, lambda: JudgeReplyFile(folder(), redact), own)

    def comparing(self, folder: Callable[[], Path], redact: Redactor, *, budget_usd: float | None = None) -> Judge:
        """As `judging`, for pairs of answers. Its version is the same: one judge grades and compares."""
        return replace(self.judging(folder, redact, budget_usd=budget_usd), model=self.pair_model)

    def require_use(self, metrics: Sequence[Metric]) -> None:
        """Refuse a judge that was named by hand and that no metric asks. Raises `UsageError`."""
        if self.is_given and not judges_anything(metrics):
            hint = "add --scorer judge:accuracy beside your other scorers; 'goldfinch scorers judge' says more"
            raise UsageError("a judge is named and no scorer asks it", where="--judge", hint=hint, code=IDLE_JUDGE)

    def advice(self, metrics: Sequence[Metric]) -> str | None:
        """One line for a person where judged metrics have no say; None where all have."""
        advisory = [metric.name for metric in metrics if metric.advisory]
        if not judges_anything(metrics) or not advisory:
            return None
        return f"{', '.join(advisory)}: the judge {self.model.name} is not calibrated, so it advises and decides nothing"


def configured_judge(
    given: JudgeSpec | None, loaded: LoadedSettings, *, concurrency: int = 64, exchanging: ExchangeWiring = NO_EXCHANGES
) -> ConfiguredJudge | None:
    """The judge that `given` (--judge) and the settings describe together; None where neither does.

    `given` replaces the model of the settings and keeps the rest. `exchanging` has its replies recorded or replayed. Raises
    `ConfigurationError`, `AgentUnusable` and `UsageError`, in the judge's name.
    """
    try:
        return _configured(given, loaded, concurrency, exchanging)
    except GoldfinchError as error:
        raise of_the_judge(error) from None


def judge_settings(given: JudgeSpec | None, loaded: LoadedSettings) -> AgentSettings | None:
    """The settings of the judge's model, which may name keys; None where there is no judge, or it was handed over as an object."""
    try:
        model = _model(given, loaded)
    except GoldfinchError as error:
        raise of_the_judge(error) from None
    return model if isinstance(model, BaseModel) else None


def _model(given: JudgeSpec | None, loaded: LoadedSettings) -> Agent | AgentSettings | None:
    if isinstance(given, JudgeSettings):
        return given.model
    if given is None:
        return loaded.settings.judge.model if loaded.settings.judge else None
    return parse_agent_spec(given) if isinstance(given, str) else given


def _configured(given: JudgeSpec | None, loaded: LoadedSettings, concurrency: int, exchanging: ExchangeWiring) -> ConfiguredJudge | None:
    settings = given if isinstance(given, JudgeSettings) else loaded.settings.judge or JudgeSettings()
    model = _model(given, loaded)
    if model is None:
        return None
    grading, comparing = (
        _agent(model, settings, schema, loaded, is_given=given is not None, concurrency=concurrency, exchanging=exchanging)
        for schema in (verdict_schema(LEVELS), preference_schema())
    )
    protocol = JudgeProtocol(grading.name, grading.version, settings.votes, Check(settings.counterfactual))
    terms = JudgeTerms(protocol, gating(settings.calibration_files, loaded.folder))
    return ConfiguredJudge(
        grading, comparing, terms, settings.budget_usd, model if isinstance(model, BaseModel) else None, is_given=given is not None
    )


def _agent(
    model: Agent | AgentSettings,
    settings: JudgeSettings,
    schema: dict[str, Any],
    loaded: LoadedSettings,
    *,
    is_given: bool,
    concurrency: int,
    exchanging: ExchangeWiring,
) -> Agent:
    """The agent that is asked; paths of a model that was given by hand start where the person stands."""
    if isinstance(model, BaseModel):
        return build_agent(
            _as_judge(model, settings, schema),
            base_dir=Path() if is_given else loaded.folder,
            prices=PriceList(loaded.settings.prices),
            allow_code=loaded.settings.allow_code or is_given,
            concurrency=concurrency,
            exchanging=exchanging,
        )
    if not is_agent(model):
        raise UsageError(f"a {type(model).__name__} is no judge", hint="give an Agent, or text such as openai:gpt-4.1", code="E1004")
    return model


def _as_judge(model: AgentSettings, settings: JudgeSettings, schema: dict[str, Any]) -> AgentSettings:
    """A chat model always gets a limit of output tokens; by default a schema for its reply, and no randomness for a single vote.

    What `parameters` name stays as it is written, and a null leaves the parameter out: some models refuse a temperature.
    """
    if not isinstance(model, OpenAIAgent):
        return model
    wanted: dict[str, Any] = dict(model.parameters)
    if not any(name in wanted for name in _LIMITS):
        wanted[_limit_name(model)] = settings.max_tokens
    if settings.votes == 1:
        wanted.setdefault("temperature", 0)
    if settings.structured:
        name, value = _reply_format(model, schema)
        wanted.setdefault(name, value)
    return model.model_copy(update={"parameters": {name: value for name, value in wanted.items() if value is not None}})


def _limit_name(model: OpenAIAgent) -> str:
    """OpenAI's newer models refuse `max_tokens`; most other servers know nothing else."""
    if model.api == "responses":
        return "max_output_tokens"
    return "max_completion_tokens" if urlsplit(model.base_url).hostname == _OPENAI_HOST else "max_tokens"


def _reply_format(model: OpenAIAgent, schema: dict[str, Any]) -> tuple[str, Any]:
    named = {"name": "verdict", "strict": True, "schema": schema}
    if model.api == "responses":
        return "text", {"format": {"type": "json_schema", **named}}
    return "response_format", {"type": "json_schema", "json_schema": named}
