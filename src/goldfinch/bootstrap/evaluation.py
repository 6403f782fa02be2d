"""Wires one evaluation: settings, adapters, the operation. The Python API and the command line both start here."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from goldfinch import __version__
from goldfinch.adapters.agents.python_callable import PythonAgent
from goldfinch.adapters.files.response_cache import FileResponseCache
from goldfinch.adapters.files.run_directory import RunDirectory, RunDirectoryJournal
from goldfinch.adapters.git import revision_of
from goldfinch.adapters.memory_dataset import MemoryDataset
from goldfinch.adapters.pricing import PriceList
from goldfinch.adapters.system import SystemClock, new_run_id, this_host
from goldfinch.bootstrap.agents import build_agent, parse_agent_spec
from goldfinch.bootstrap.datasets import open_dataset
from goldfinch.bootstrap.exchanges import AskedModels, ExchangeWiring, wired_exchanges
from goldfinch.bootstrap.judging import ConfiguredJudge, JudgeSpec, configured_judge, judge_settings
from goldfinch.bootstrap.scorers import build_metrics, expanded, refuse_repeated_names
from goldfinch.bootstrap.secrets import named_secrets, redactor_for
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.bootstrap.tracing import build_tracer
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import ConfigurationError, GoldfinchError, UsageError
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.codes import CANNOT_WRITE
from goldfinch.core.results.manifest import Manifest, RunStatus
from goldfinch.core.scoring.score import Metric, Scorer
from goldfinch.operations.engine.resuming import differences
from goldfinch.operations.evaluate import EvaluationContext, EvaluationOptions, EvaluationResult, StopSignal, evaluate
from goldfinch.ports.agent import Agent
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.progress import Progress, ProgressSnapshot
from goldfinch.settings import AgentSettings, HttpAgent, OpenAIAgent, RunSettings, ScorerSettings, TracingSettings

RUNS_FOLDER = Path(".goldfinch/runs")
"""Where runs go that were given no place."""

Result = TypeVar("Result")


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


@dataclass(frozen=True, slots=True)
class FinishedEvaluation:
    """An evaluation and where its files are."""

    result: EvaluationResult
    directory: Path
    page: Path | None = None
    """Where the HTML report was asked for."""


class SilentProgress:
    """Says nothing."""

    interval_s = 3600.0

    def update(self, snapshot: ProgressSnapshot) -> None: ...

    def note(self, message: str) -> None: ...

    def close(self) -> None: ...


async def evaluate_request(
    request: EvaluationRequest, progress: Progress | None = None, stop: StopSignal | None = None
) -> FinishedEvaluation:
    """Wire and carry out one evaluation."""
    loaded = load_settings(request.config)
    run = run_settings(loaded, request.overrides)
    asked = AskedModels(_agent_settings(request, loaded), judge_settings(request.judge, loaded))
    redact = redactor_for(asked.agent, also=named_secrets(loaded.settings.agent), judge=asked.judge)
    journals = _Journals(request.output_dir, RUNS_FOLDER, redact, fresh=request.fresh)
    with wired_exchanges(run, loaded.settings, asked=asked, path=loaded.path, run_id=journals.run_id) as exchanging:
        progress = progress or SilentProgress()
        finished = await _evaluated(
            request, loaded, run, journals=journals, exchanging=exchanging, progress=progress, stop=stop or StopSignal()
        )
        if note := exchanging.note():
            progress.note(note)
    return finished


async def _evaluated(
    request: EvaluationRequest,
    loaded: LoadedSettings,
    run: RunSettings,
    *,
    journals: _Journals,
    exchanging: ExchangeWiring,
    progress: Progress,
    stop: StopSignal,
) -> FinishedEvaluation:
    page = _page(request, loaded)  # what is wrong with it must not be found out after the last answer
    judge = configured_judge(request.judge, loaded, concurrency=run.concurrency, exchanging=exchanging)
    metrics = _metrics(request.scorers, loaded, judge)
    agent = exchanging.wrap(_agent(request, loaded, run, exchanging))
    dataset = _dataset(request, loaded)
    redact = journals.redact
    tracer, problems = build_tracer(_tracing(loaded, request), agent, _wanted(request, loaded), redact)
    for problem in problems:
        progress.note(f"warning {problem.code}: {problem}")
    if judge is not None:
        judge.require_use(metrics)
        if (advice := judge.advice(metrics)) is not None:
            progress.note(advice)
    options = _options(run, request, agent, one_by_one=exchanging.replay is not None and _is_foreign(_wanted(request, loaded)))
    try:
        result = await evaluate(
            dataset,
            agent,
            metrics,
            journals.open,
            options=options,
            context=EvaluationContext(
                run_id=new_run_id(),
                host=this_host(),
                revision=revision_of(Path()),
                goldfinch_version=__version__,
                redact=redact,
                agent_version=request.agent_version,
            ),
            clock=SystemClock(),
            progress=progress,
            stop=stop,
            cache=None if run.cache is None else FileResponseCache(loaded.path(run.cache), redact),
            judge=None
            if judge is None
            else judge.judging(lambda: journals.directory, redact, budget_usd=run.budget_usd if options.budget_usd is None else None),
            tracer=tracer,
            replay=exchanging.replay,
        )
    finally:
        journals.close()
    return FinishedEvaluation(result, journals.directory, page)


def run_to_end(work: Callable[[StopSignal], Coroutine[Any, Any, Result]]) -> Result:
    """Run `work` on an event loop of its own (uvloop where it is installed). Ctrl-C and SIGTERM stop it once gently, twice at once."""
    with _settled_objects_out_of_the_way(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_with_signals(work))


@contextmanager
def _settled_objects_out_of_the_way() -> Iterator[None]:
    """Spare the garbage collector the modules imported so far: going through them again and again costs up to 20 µs an answer."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _with_signals(work: Callable[[StopSignal], Coroutine[Any, Any, Result]]) -> Result:
    stop = StopSignal()
    loop = asyncio.get_running_loop()
    handled = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    for number in handled:
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.interrupt)
    try:
        return await work(stop)
    finally:
        for number in handled:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


class _Journals:
    """Opens the run directory that was asked for; without one, the unfinished run of the same evaluation, else a new directory.

    `fresh` goes on with nothing: it empties the directory that was asked for, and never one that was not.
    """

    def __init__(self, output_dir: Path | None, runs: Path, redact: Redactor, *, fresh: bool) -> None:
        self._output_dir = output_dir
        self.redact = redact
        self._fresh = fresh
        self._runs = runs
        self._journal: RunDirectoryJournal | None = None

    @property
    def directory(self) -> Path:
        if self._journal is None:
            raise AssertionError("no journal was opened")
        return self._journal.path

    def run_id(self) -> str:
        """The id of the run that is under way."""
        return RunDirectory(self.directory).manifest().run_id

    def open(self, wanted: Manifest) -> RunDirectoryJournal:
        if self._output_dir is not None:
            self._journal = RunDirectoryJournal(self._output_dir, self.redact)
        else:
            self._journal = self._unfinished(wanted) or RunDirectoryJournal(self._runs / wanted.run_id, self.redact)
        return self._journal

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def _unfinished(self, wanted: Manifest) -> RunDirectoryJournal | None:
        folders = sorted(self._runs.iterdir(), reverse=True) if self._runs.is_dir() and not self._fresh else []
        for folder in folders:
            with suppress(GoldfinchError):
                stored = RunDirectory(folder).stored_manifest()
                if stored is None or stored.status not in (RunStatus.RUNNING, RunStatus.INCOMPLETE) or differences(stored, wanted):
                    continue
                return RunDirectoryJournal(folder, self.redact)
        return None


def run_settings(loaded: LoadedSettings, overrides: dict[str, Any]) -> RunSettings:
    """Flag over environment over file over default."""
    given = {name: value for name, value in overrides.items() if value is not None}
    run = loaded.settings.run
    if given.get("record") or given.get("replay"):  # of these three the command line's choice goes before the file's
        run = run.model_copy(update={"record": None, "replay": None, "cache": None})
    if "budget_usd" not in given and (text := os.environ.get("TEST_BUDGET_USD")):
        given["budget_usd"] = _budget(text)
    try:
        return RunSettings.model_validate(run.model_dump() | given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{name}: {first['msg']}, not {first['input']!r}", code="E1005") from None


def _page(request: EvaluationRequest, loaded: LoadedSettings) -> Path | None:
    """What the settings file says is relative to that file, what a person types to where that person is."""
    given, written = request.overrides.get("report"), loaded.settings.run.report
    page = Path(given) if given is not None else None if written is None else loaded.path(written)
    if page is not None and page.is_dir():
        raise UsageError(f"{page} is a folder", where="--report", hint=f"name a file, such as {page / 'report.html'}", code=CANNOT_WRITE)
    return page


def _budget(text: str) -> float:
    try:
        budget = float(text)
    except ValueError:
        budget = float("nan")
    if not budget > 0 or budget == float("inf"):
        raise ConfigurationError(f"{text!r} is no amount of US dollars above 0", where="TEST_BUDGET_USD", hint="such as 5.00", code="E1104")
    return budget


def _options(run: RunSettings, request: EvaluationRequest, agent: Agent, *, one_by_one: bool) -> EvaluationOptions:
    return EvaluationOptions(
        trials=run.trials,
        concurrency=1 if one_by_one and request.overrides.get("concurrency") is None else run.concurrency,
        timeout_s=run.timeout_s,
        deadline_s=run.deadline_s,
        budget_usd=None if agent.is_recorded else run.budget_usd,
        max_attempts=run.max_attempts,
        seed=run.seed,
        selection=request.selection,
        fresh=request.fresh,
    )


def _metrics(
    scorers: Sequence[str | ScorerSettings | Scorer | Metric] | None, loaded: LoadedSettings, judge: ConfiguredJudge | None = None
) -> tuple[Metric, ...]:
    settings, terms = loaded.settings, judge.terms if judge else None
    if scorers is None:
        where = f"{loaded.file}: scorers" if loaded.file else "scorers"
        return build_metrics(settings.scorers, allow_code=settings.allow_code, folder=loaded.folder, where=where, judge=terms)
    scorers = [one for written in ([scorers] if isinstance(scorers, str) else scorers) for one in expanded(written)]
    written = [scorer for scorer in scorers if isinstance(scorer, str | ScorerSettings)]
    built = iter(build_metrics(written, folder=Path(), judge=terms)) if written else iter(())
    metrics = tuple(next(built) if isinstance(scorer, str | ScorerSettings) else _metric(scorer) for scorer in scorers)
    refuse_repeated_names(metrics, "scorers")
    return metrics


def _metric(scorer: Scorer | Metric) -> Metric:
    if isinstance(scorer, Metric):
        return scorer
    if isinstance(scorer, type) or not all(hasattr(scorer, name) for name in ("name", "version", "score")):
        shown = scorer.__name__ if isinstance(scorer, type) else f"a {type(scorer).__name__}"
        raise UsageError(f"{shown} is no scorer", hint="give a name, or an object with name, version and score(case, output)", code="E1708")
    if scorer.name == "accuracy" and getattr(scorer, "must_not_decide_alone", False):
        raise UsageError(
            f"a {type(scorer).__name__} must not decide accuracy alone", hint="put it beside FactsAgree in LowestOf", code="E1710"
        )
    heavy, heuristic = (bool(getattr(scorer, name, False)) for name in ("heavy", "is_heuristic"))
    return Metric(scorer, version=scorer.version, heavy=heavy, is_heuristic=heuristic)


def _wanted(request: EvaluationRequest, loaded: LoadedSettings) -> Agent | AgentSettings | Callable[..., Any] | None:
    wanted = request.agent if request.agent is not None else loaded.settings.agent
    return parse_agent_spec(wanted) if isinstance(wanted, str) else wanted


def _agent_settings(request: EvaluationRequest, loaded: LoadedSettings) -> AgentSettings | None:
    """The settings of the agent that is asked, which may name keys; None where it was handed over as an object."""
    wanted = _wanted(request, loaded)
    return wanted if isinstance(wanted, BaseModel) else None


def _is_foreign(wanted: Agent | AgentSettings | Callable[..., Any] | None) -> bool:
    """Whether it asks its models by itself. Replayed one call at a time, a request without a recorded reply belongs to that call."""
    return not isinstance(wanted, OpenAIAgent | HttpAgent)


def _agent(request: EvaluationRequest, loaded: LoadedSettings, run: RunSettings, exchanging: ExchangeWiring) -> Agent:
    wanted = _wanted(request, loaded)
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
    if hasattr(wanted, "answer") and hasattr(wanted, "limit_key"):
        return cast("Agent", wanted)
    if callable(wanted):
        name = f"{getattr(wanted, '__module__', '')}:{getattr(wanted, '__qualname__', type(wanted).__name__)}"
        return PythonAgent(wanted, name=name, prices=prices, threads=run.concurrency)
    raise UsageError(f"a {type(wanted).__name__} is no agent", hint="give a callable, an Agent, or text such as openai:MODEL", code="E1004")


def _tracing(loaded: LoadedSettings, request: EvaluationRequest) -> TracingSettings:
    given = {"enabled": request.enable_tracing, "content": request.trace_content}
    return loaded.settings.tracing.model_copy(update={name: value for name, value in given.items() if value is not None})


def _dataset(request: EvaluationRequest, loaded: LoadedSettings) -> Dataset:
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
