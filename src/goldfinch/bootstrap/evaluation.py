"""Wires one evaluation: settings, adapters, the operation. The Python API and the command line both start here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goldfinch import __version__
from goldfinch.adapters.files.response_cache import FileResponseCache
from goldfinch.adapters.git import revision_of
from goldfinch.adapters.silent_progress import SilentProgress
from goldfinch.adapters.system import SystemClock, new_run_id, this_host
from goldfinch.bootstrap.evaluation_request import (
    EvaluationRequest,
    agent_settings,
    built_agent,
    is_foreign,
    report_path,
    requested_agent,
    requested_dataset,
    requested_metrics,
    requested_tracing,
)
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.exchanges import AskedModels, ExchangeWiring, wired_exchanges
from goldfinch.bootstrap.journals import Journals
from goldfinch.bootstrap.judging import configured_judge, judge_settings
from goldfinch.bootstrap.policy import policy_hash, policy_of
from goldfinch.bootstrap.run_settings import run_settings
from goldfinch.bootstrap.secrets import named_secrets, redactor_for
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.bootstrap.tracing import build_tracer
from goldfinch.core.redaction import Redactor
from goldfinch.operations.evaluate import EvaluationContext, EvaluationOptions, EvaluationResult, StopSignal, evaluate
from goldfinch.ports.agent import Agent
from goldfinch.ports.progress import Progress
from goldfinch.settings import RunSettings

__all__ = ["EvaluationRequest", "FinishedEvaluation", "SilentProgress", "evaluate_request", "run_to_end"]


@dataclass(frozen=True, slots=True)
class FinishedEvaluation:
    """An evaluation and where its files are."""

    result: EvaluationResult
    directory: Path
    page: Path | None = None
    """Where the HTML report was asked for."""


async def evaluate_request(
    request: EvaluationRequest, progress: Progress | None = None, stop: StopSignal | None = None
) -> FinishedEvaluation:
    """Wire and carry out one evaluation."""
    loaded = load_settings(request.config)
    run = run_settings(loaded, request.overrides)
    asked = AskedModels(agent_settings(request, loaded), judge_settings(request.judge, loaded))
    redact = redactor_for(asked.agent, also=named_secrets(loaded.settings.agent), judge=asked.judge)
    journals = Journals(request.output_dir, redact, fresh=request.fresh)
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
    journals: Journals,
    exchanging: ExchangeWiring,
    progress: Progress,
    stop: StopSignal,
) -> FinishedEvaluation:
    page = report_path(request, loaded)  # what is wrong with it must not be found out after the last answer
    judge = configured_judge(request.judge, loaded, concurrency=run.concurrency, exchanging=exchanging)
    metrics = requested_metrics(request.scorers, loaded, judge)
    agent = exchanging.wrap(built_agent(request, loaded, run, exchanging))
    dataset = requested_dataset(request, loaded)
    redact = journals.redact
    tracer, problems = build_tracer(requested_tracing(request, loaded), agent, requested_agent(request, loaded), redact)
    for problem in problems:
        progress.note(f"warning {problem.code}: {problem}")
    if judge is not None:
        judge.require_use(metrics)
        if (advice := judge.advice(metrics)) is not None:
            progress.note(advice)
    options = _options(run, request, agent, one_by_one=exchanging.replay is not None and is_foreign(requested_agent(request, loaded)))
    try:
        result = await evaluate(
            dataset,
            agent,
            metrics,
            journals.open,
            options=options,
            context=_context(request, loaded, redact),
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


def _context(request: EvaluationRequest, loaded: LoadedSettings, redact: Redactor) -> EvaluationContext:
    return EvaluationContext(
        run_id=new_run_id(),
        host=this_host(),
        revision=revision_of(Path()),
        policy_hash=policy_hash(policy_of(loaded.settings)),
        goldfinch_version=__version__,
        redact=redact,
        agent_version=request.agent_version,
    )


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
