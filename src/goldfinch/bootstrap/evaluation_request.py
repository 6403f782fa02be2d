"""What a person asks of an evaluation, and each part of it: the dataset, the agent, the metrics, where the report goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from goldfinch.adapters.agents.python_callable import PythonAgent
from goldfinch.adapters.memory_dataset import MemoryDataset
from goldfinch.adapters.pricing import PriceList
from goldfinch.bootstrap.agents import build_agent, is_agent, parse_agent_spec
from goldfinch.bootstrap.datasets import open_dataset
from goldfinch.bootstrap.exchanges import ExchangeWiring
from goldfinch.bootstrap.judging import ConfiguredJudge, JudgeSpec
from goldfinch.bootstrap.scorers import build_metrics, given_metrics
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import UsageError
from goldfinch.core.results.codes import CANNOT_WRITE
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.scoring.score import Metric, Scorer
from goldfinch.ports.agent import Agent
from goldfinch.ports.dataset import Dataset
from goldfinch.settings import AgentSettings, HttpAgent, OpenAIAgent, RunSettings, ScorerSettings, TracingSettings


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What a person asks for; None leaves it to the settings file, then to the defaults. Flags override the file."""

    config: Path | None = None
    dataset: Dataset | Sequence[str | Path | Case] | None = None
    agent: Agent | AgentSettings | str | Callable[..., Any] | None = None
    scorers: Sequence[str | ScorerSettings | Scorer | Metric] | None = None
    output_dir: Path | None = None
    overrides: dict[str, Any] = field(default_factory=dict)
    """Fields of `settings.RunSettings`."""
    selection: Selection = field(default_factory=Selection)
    fresh: bool = False
    agent_version: str | None = None
    judge: JudgeSpec | None = None
    enable_tracing: bool | None = None
    trace_content: bool | None = None
    first_trial: int = 0
    """Above 0: further trials of an earlier run, counted on from its own. They come from no cache."""
    before_asking: Callable[[Manifest], None] | None = None
    """Called with what would be asked before anything is; may raise."""


def requested_dataset(request: EvaluationRequest, loaded: LoadedSettings) -> Dataset:
    """The cases to ask. Raises `UsageError` where none are named, or what was given holds none."""
    given = request.dataset
    if given is None:
        written = loaded.settings.dataset
        if written is None:
            raise UsageError("no dataset", hint="give --dataset, or 'dataset:' in goldfinch.yaml", code="E1003")
        return open_dataset([loaded.path(path) for path in ([written] if isinstance(written, str) else written)])
    if not isinstance(given, Sequence):
        if not (hasattr(given, "check") and hasattr(given, "cases")):
            raise _no_dataset(f"a {type(given).__name__} is no dataset")
        return given
    cases = [part for part in given if isinstance(part, Case)]
    paths = [part for part in given if isinstance(part, str | Path)]
    if len(cases) == len(given):
        return MemoryDataset(cases)
    if len(paths) == len(given):
        return open_dataset(paths)
    if len(cases) + len(paths) == len(given):
        raise _no_dataset("cases and paths stand in one list")
    raise _no_dataset("the list holds something that is neither a case nor a path")


def _no_dataset(what: str) -> UsageError:
    return UsageError(what, hint="give a path, a list of paths, a list of Case, or a Dataset", code="E1007")


def requested_agent(request: EvaluationRequest, loaded: LoadedSettings) -> Agent | AgentSettings | Callable[..., Any] | None:
    """What is to be evaluated, as it was named: nothing is imported, read or opened."""
    wanted = request.agent if request.agent is not None else loaded.settings.agent
    return parse_agent_spec(wanted) if isinstance(wanted, str) else wanted


def agent_settings(request: EvaluationRequest, loaded: LoadedSettings) -> AgentSettings | None:
    """The settings of the agent that is asked, which may name keys; None where it was handed over as an object."""
    wanted = requested_agent(request, loaded)
    return wanted if isinstance(wanted, BaseModel) else None


def is_foreign(agent: Agent | AgentSettings | Callable[..., Any] | None) -> bool:
    """Whether it asks its models by itself. Replayed one call at a time, a request without a recorded reply belongs to that call."""
    return not isinstance(agent, OpenAIAgent | HttpAgent)


def built_agent(request: EvaluationRequest, loaded: LoadedSettings, run: RunSettings, exchanging: ExchangeWiring) -> Agent:
    """The agent to ask. Raises `UsageError` where none is named, and as `build_agent` does."""
    wanted = requested_agent(request, loaded)
    if wanted is None:
        raise UsageError("no agent", hint="give --agent, such as my_module:answer, or 'agent:' in goldfinch.yaml", code="E1002")
    prices = PriceList(loaded.settings.prices)
    if isinstance(wanted, BaseModel):
        folder = loaded.folder if request.agent is None else Path()
        return build_agent(
            wanted,
            base_dir=folder,
            prices=prices,
            allow_code=loaded.settings.allow_code or request.agent is not None,
            concurrency=run.concurrency,
            exchanging=exchanging,
        )
    if is_agent(wanted):
        return wanted
    if callable(wanted):
        name = f"{getattr(wanted, '__module__', '')}:{getattr(wanted, '__qualname__', type(wanted).__name__)}"
        return PythonAgent(wanted, name=name, prices=prices, threads=run.concurrency)
    raise UsageError(f"a {type(wanted).__name__} is no agent", hint="give a callable, an Agent, or text such as openai:MODEL", code="E1004")


def requested_metrics(
    scorers: Sequence[str | ScorerSettings | Scorer | Metric] | None, loaded: LoadedSettings, judge: ConfiguredJudge | None = None
) -> tuple[Metric, ...]:
    """The metrics of `scorers`, of the settings where that is None. Raises `ConfigurationError` and `UsageError`."""
    settings, terms = loaded.settings, judge.terms if judge else None
    if scorers is None:
        where = f"{loaded.file}: scorers" if loaded.file else "scorers"
        return build_metrics(settings.scorers, allow_code=settings.allow_code, folder=loaded.folder, where=where, judge=terms)
    return given_metrics([scorers] if isinstance(scorers, str) else scorers, judge=terms)


def requested_tracing(request: EvaluationRequest, loaded: LoadedSettings) -> TracingSettings:
    """Whether spans are sent, and what they may hold."""
    given = {"enabled": request.enable_tracing, "content": request.trace_content}
    if request.trace_content and not (request.enable_tracing or loaded.settings.tracing.enabled):
        raise UsageError("there are no spans to hold content", where="--trace-content", hint="add --enable-tracing", code="E1001")
    return loaded.settings.tracing.model_copy(update={name: value for name, value in given.items() if value is not None})


def report_path(request: EvaluationRequest, loaded: LoadedSettings) -> Path | None:
    """Where the HTML report goes; None where none is wanted.

    What the settings file says is relative to that file, what a person types to where that person is.
    """
    given, written = request.overrides.get("report"), loaded.settings.run.report
    page = Path(given) if given is not None else None if written is None else loaded.path(written)
    if page is not None and page.is_dir():
        raise UsageError(f"{page} is a folder", where="--report", hint=f"name a file, such as {page / 'report.html'}", code=CANNOT_WRITE)
    return page
