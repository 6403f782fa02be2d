"""The Python API: what the command line does, as functions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.bootstrap.evaluation import EvaluationRequest, evaluate_request, run_to_end
from goldfinch.bootstrap.judging import JudgeSpec
from goldfinch.core.datasets.case import Case
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import ExitCode, GoldfinchError, UsageError
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.records import OutputRecord, ScoreRecord
from goldfinch.core.results.summary import Summary
from goldfinch.core.scoring.score import Metric, Scorer
from goldfinch.operations.evaluate import StopSignal
from goldfinch.ports.agent import Agent
from goldfinch.ports.dataset import Dataset
from goldfinch.ports.progress import Progress
from goldfinch.settings import AgentSettings, ScorerSettings


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A finished evaluation. `error` is set where it stopped early for something that a person must mend."""

    summary: Summary
    manifest: Manifest
    directory: Path
    exit_code: ExitCode
    error: GoldfinchError | None = None

    @property
    def complete(self) -> bool:
        """Whether every planned answer was had; an incomplete evaluation supports no verdict."""
        return self.exit_code is ExitCode.PASSED

    def scores(self) -> Iterator[ScoreRecord]:
        """The scores of every (case, trial), read from disk."""
        return RunDirectory(self.directory).scores()

    def outputs(self) -> Iterator[OutputRecord]:
        """Every answer, read from disk."""
        return RunDirectory(self.directory).outputs()


async def evaluate_async(
    dataset: str | Path | Sequence[str | Path | Case] | Dataset | None = None,
    agent: Agent | AgentSettings | str | Callable[..., Any] | None = None,
    scorers: Sequence[str | ScorerSettings | Scorer | Metric] | None = None,
    *,
    output_dir: str | Path | None = None,
    config: str | Path | None = None,
    trials: int | None = None,
    concurrency: int | None = None,
    timeout_s: float | None = None,
    deadline_s: float | None = None,
    budget_usd: float | None = None,
    seed: int | None = None,
    cache: str | Path | None = None,
    record: str | Path | None = None,
    replay: str | Path | None = None,
    cases: Sequence[str] = (),
    tags: Sequence[str] = (),
    limit: int | None = None,
    fresh: bool = False,
    agent_version: str | None = None,
    judge: JudgeSpec | None = None,
    enable_tracing: bool | None = None,
    trace_content: bool | None = None,
    progress: Progress | None = None,
    stop: StopSignal | None = None,
) -> Evaluation:
    """Ask `agent` every case of `dataset`, record and score the answers.

    `dataset`: a path, several paths, a list of `Case`, or a `Dataset`. `agent`: a sync or async callable, text as for `--agent`, or an
    `Agent`. `scorers`: names, settings or scorers; the keyless defaults where None. `judge`: a model as for `--judge`, or an `Agent`.
    What is left out comes from `config` (or `goldfinch.yaml` here), then from the defaults. Times are in seconds, money in US dollars.
    `stop.interrupt()` ends the evaluation early: once to finish the calls in flight, twice to leave them.
    `enable_tracing` sends spans to where the environment says; `trace_content` lets them hold what was asked and answered.

    Raises `GoldfinchError` where nothing could be started. What goes wrong later is in the result. A run that was interrupted goes on
    when the same call is made again.
    """
    paths = [dataset] if isinstance(dataset, str | Path) else dataset
    request = EvaluationRequest(
        config=None if config is None else Path(config),
        dataset=paths,
        agent=agent,
        scorers=scorers,
        output_dir=None if output_dir is None else Path(output_dir),
        overrides={
            "trials": trials,
            "concurrency": concurrency,
            "timeout_s": timeout_s,
            "deadline_s": deadline_s,
            "budget_usd": budget_usd,
            "seed": seed,
            "cache": _absolute(cache),
            "record": _absolute(record),
            "replay": _absolute(replay),
        },
        selection=Selection(frozenset(cases), frozenset(tags), limit),
        fresh=fresh,
        agent_version=agent_version,
        judge=judge,
        enable_tracing=enable_tracing,
        trace_content=trace_content,
    )
    finished = await evaluate_request(request, progress, stop)
    result = finished.result
    return Evaluation(result.summary, result.manifest, finished.directory, result.exit_code, result.error)


def _absolute(path: str | Path | None) -> str | None:
    """Paths of a call start where the caller stands, those of a settings file at that file."""
    return None if path is None else str(Path(path).absolute())


def evaluate(*arguments: Any, **options: Any) -> Evaluation:
    """`evaluate_async`, run to its end on an event loop of its own. Takes the same arguments.

    Ctrl-C ends it early, once gently and twice at once; what was finished is kept, and the same call goes on from there.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return run_to_end(lambda stop: evaluate_async(*arguments, **({"stop": stop} | options)))
    raise UsageError(
        "evaluate() cannot run inside a running event loop", hint="use `await goldfinch.evaluate_async(…)` there", code="E1006"
    )
