"""Ask an agent every case of a golden dataset, record every answer, score it, and say how good the agent is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from goldfinch.core.datasets.seen import CompactSet
from goldfinch.core.errors import DatasetError, ExitCode, GoldfinchError, InfrastructureError, Problem, RunDirectoryError
from goldfinch.core.judging.codes import SILENT_JUDGE
from goldfinch.core.pacing.budget import BudgetLedger
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.accumulator import SummaryAccumulator
from goldfinch.core.results.keys import answer_key
from goldfinch.core.results.manifest import AgentIdentity, DatasetIdentity, Host, Manifest, Revision, RunStatus, identity_of
from goldfinch.core.results.summary import Summary
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.engine.gate import Gates
from goldfinch.operations.engine.judging import Judge, Money, judged_names, judges_anything, open_judging
from goldfinch.operations.engine.recording import Recorder
from goldfinch.operations.engine.resuming import Finished, differences, require_same_run, take_up
from goldfinch.operations.engine.running import EvaluationOptions, Run, ask_all
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.engine.ticking import ProgressReporter, not_on_disk
from goldfinch.ports.agent import Agent
from goldfinch.ports.clock import Clock
from goldfinch.ports.dataset import Dataset, DatasetInfo
from goldfinch.ports.exchanges import Replay
from goldfinch.ports.progress import Progress
from goldfinch.ports.response_cache import ResponseCache
from goldfinch.ports.run_journal import RunJournal
from goldfinch.ports.tracer import Tracer

__all__ = ["EvaluationContext", "EvaluationOptions", "EvaluationResult", "StopSignal", "evaluate"]


@dataclass(frozen=True, slots=True)
class EvaluationContext:
    """Facts about where the run happens, read by the composition root."""

    run_id: str
    host: Host
    revision: Revision = field(default_factory=Revision)
    policy_hash: str | None = None
    goldfinch_version: str = ""
    redact: Redactor = field(default_factory=Redactor)
    """The manifest is written without secrets, so a run that is taken up again is compared without them."""
    agent_version: str | None = None
    """How a person names the agent's version, where its own `version` does not tell enough."""


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """`error` is set where the run stopped for something that a person must mend."""

    manifest: Manifest
    summary: Summary
    exit_code: ExitCode
    error: GoldfinchError | None = None
    already_complete: bool = False


async def evaluate(
    dataset: Dataset,
    agent: Agent,
    metrics: Sequence[Metric],
    open_journal: Callable[[Manifest], RunJournal],
    *,
    options: EvaluationOptions,
    context: EvaluationContext,
    clock: Clock,
    progress: Progress,
    stop: StopSignal,
    cache: ResponseCache | None = None,
    judge: Judge | None = None,
    tracer: Tracer | None = None,
    replay: Replay | None = None,
) -> EvaluationResult:
    """Carry out one evaluation, or go on with the one that the journal holds. `open_journal` is told what is wanted; the caller closes it.

    Raises `DatasetError` before anything is asked where the dataset is not valid, `RunDirectoryError` where the directory holds
    another run. Everything that goes wrong later is in the result, and what was finished is in the journal.
    """
    judge, judged = (judge, judged_names(metrics)) if judges_anything(metrics) else (None, frozenset[str]())
    info = dataset.check()
    planned, cases = plan(dataset, info, options)
    manifest = replace(
        _manifest(agent, metrics, options, context, judge=judge, replay=replay),
        dataset=DatasetIdentity(info.name, info.fingerprint, cases, info.paths, options.selection.as_filters()),
        started_at=clock.utc_iso(),
    )
    journal = open_journal(manifest)
    stored = _stored(journal, manifest, fresh=options.fresh)
    if stored is not None:
        if (done := _already_complete(stored, manifest, journal, judged)) is not None:
            return done
        if replay is not None:
            _keep_paid_verdicts(stored, manifest, journal.location)
            # From the start: that costs nothing, and only so do equal requests get their replies in the order of the recording.
            journal.clear()
            stored = None
    accumulator = SummaryAccumulator()
    manifest, finished = _begun(journal, stored, manifest, accumulator, judged)
    if stored is not None:
        progress.note(f"resuming {manifest.run_id}: {len(finished.answered)} of {planned} answers are there already")
    gates = Gates(options.concurrency, clock)
    spent_usd = _spent_earlier(journal, agent, options) if finished.anything else 0.0
    money = Money(BudgetLedger(options.budget_usd, earlier_usd=spent_usd), asyncio.Event())
    judging = None
    if judge is not None:
        judging = open_judging(judge, metrics, options, clock=clock, gates=gates, money=money, stop=stop, run_id=manifest.run_id)
    run = Run(
        agent=agent,
        dataset=dataset,
        journal=journal,
        options=options,
        manifest=manifest,
        planned=planned,
        clock=clock,
        stop=stop,
        cache=cache,
        replay=replay,
        recorder=Recorder(journal, metrics, accumulator, judging),
        accumulator=accumulator,
        finished=finished,
        gate=gates.of(agent.limit_key),
        ledger=money.ledger,
        settled=money.settled,
        judging=judging,
        tracer=tracer,
    )
    return await (_carry_out(run, progress) if tracer is None else _carry_out_traced(run, progress, tracer))


async def _carry_out_traced(run: Run, progress: Progress, tracer: Tracer) -> EvaluationResult:
    """As `_carry_out`; the run's span is closed however it ends."""
    progress.note(f"tracing to {tracer.begin_run(run.manifest)}")
    manifest, summary = replace(run.manifest, status=RunStatus.INCOMPLETE, reason="a defect of Goldfinch, or cancelled"), None
    try:
        result = await _carry_out(run, progress)
        manifest, summary = result.manifest, result.summary
        return result
    finally:
        for problem in await tracer.end_run(manifest, summary):
            progress.note(f"warning {problem.code}: {problem}")


async def _carry_out(run: Run, progress: Progress) -> EvaluationResult:
    began = run.clock.monotonic_s()
    reporter = ProgressReporter(
        progress,
        run.clock,
        run.accumulator,
        run.ledger,
        in_flight=lambda: run.gate.in_flight,
        planned=run.planned,
        to_ask=run.planned - len(run.finished.answered),
        calls_per_answer=1 + (run.judging.calls_per_answer if run.judging is not None and run.judging.caller.ledger is run.ledger else 0),
    )
    try:
        await ask_all(run, reporter, progress.interval_s)
    finally:
        run.asker.close()
        run.gate.close()
        run.recorder.close()
        if run.judging is not None:
            run.judging.caller.close()
    result = _conclude(run, wall_s=run.clock.monotonic_s() - began)
    reporter.report()
    return result


def plan(dataset: Dataset, info: DatasetInfo, options: EvaluationOptions) -> tuple[int, int]:
    """How many (case, trial) pairs, and how many cases, the run asks. Reads the dataset again only where a part of it is selected."""
    selection = options.selection
    if selection.takes_all:
        own_cases = sum(info.own_trials.values())
        own_pairs = sum(trials * cases for trials, cases in info.own_trials.items())
        return own_pairs + (info.cases - own_cases) * options.trials, info.cases
    pairs = cases = 0
    found: set[str] = set()
    for case, _ in selection.apply(dataset.cases()):
        cases += 1
        pairs += case.trials or options.trials
        if selection.case_ids:
            found.add(case.id)
    selection.require_all(found)
    if cases == 0:
        asked = ", ".join(f"{name} {value}" for name, value in selection.as_filters().items())
        problem = Problem(f"no case fits the selection ({asked})", info.name, "'goldfinch dataset show' lists ids and tags")
        raise DatasetError((problem,), code="E1290")
    return pairs, cases


def _manifest(
    agent: Agent,
    metrics: Sequence[Metric],
    options: EvaluationOptions,
    context: EvaluationContext,
    *,
    judge: Judge | None,
    replay: Replay | None,
) -> Manifest:
    return Manifest(
        run_id=context.run_id,
        status=RunStatus.RUNNING,
        started_at="",
        dataset=DatasetIdentity("", "", 0),
        agent=AgentIdentity(context.redact(agent.name), context.redact(context.agent_version or agent.version)),
        metrics=tuple(map(identity_of, metrics)),
        trials=options.trials,
        seed=options.seed,
        timeout_s=options.timeout_s,
        host=context.host,
        revision=context.revision,
        policy_hash=context.policy_hash,
        judge=None if judge is None else context.redact(judge.protocol.described),
        goldfinch_version=context.goldfinch_version,
        replayed_from=None if replay is None else replay.fingerprint,
    )


def _stored(journal: RunJournal, wanted: Manifest, *, fresh: bool) -> Manifest | None:
    """The run that is there and can go on as `wanted`; None where there is none (any more). Raises `RunDirectoryError`."""
    if fresh:
        journal.clear()
        return None
    stored = journal.stored_manifest()
    if stored is None:
        _require_no_answers(journal)
        return None
    if differences(stored, wanted) and not _has_something_to_lose(journal):
        journal.clear()
        return None
    require_same_run(stored, wanted, journal.location)
    return stored


def _require_no_answers(journal: RunJournal) -> None:
    if next(journal.answer_keys(), None) is not None:
        raise RunDirectoryError(
            "holds answers but no manifest.json",
            where=journal.location,
            hint="restore the manifest, name another --output-dir, or give --fresh to lose them",
            code="E1506",
        )


def _begun(
    journal: RunJournal, stored: Manifest | None, wanted: Manifest, accumulator: SummaryAccumulator, judged: frozenset[str]
) -> tuple[Manifest, Finished]:
    """Write the manifest of the run that begins, or goes on where `stored` stopped; with what is finished of it."""
    if stored is None:
        journal.write_manifest(wanted)
        return wanted, Finished()
    manifest = replace(wanted, run_id=stored.run_id, started_at=stored.started_at, resumed=stored.resumed + 1)
    # Before the manifest is written: scores of other scorers must be gone when it no longer names those scorers.
    finished = take_up(journal, stored, manifest, accumulator, judged)
    journal.write_manifest(manifest)
    return manifest, finished


def _keep_paid_verdicts(stored: Manifest, wanted: Manifest, location: str) -> None:
    """A replay begins anew, which is free; the replies of a judge that scored the run since were not."""
    if stored.judge is not None and stored.judge != wanted.judge:
        raise RunDirectoryError(
            f"was scored by {stored.judge} since, whose replies another replay would throw away",
            where=location,
            hint="name another --output-dir, or give --fresh to lose them",
            code="E1505",
        )


def _has_something_to_lose(journal: RunJournal) -> bool:
    """Whether an answer is there, or a bill: a run that got nothing for nothing may give its place to another."""
    return any(
        record.output.failure is None or not record.output.failure.kind.is_missing or record.output.cost_usd for record in journal.outputs()
    )


def _spent_earlier(journal: RunJournal, agent: Agent, options: EvaluationOptions) -> float:
    """What the answers that are there cost, scored or not, missing ones included; read only where there is a budget to hold it against."""
    if options.budget_usd is None or agent.is_recorded:
        return 0.0
    return sum(record.output.cost_usd or 0.0 for record in journal.outputs())


def _already_complete(stored: Manifest, wanted: Manifest, journal: RunJournal, judged: frozenset[str]) -> EvaluationResult | None:
    if stored.status is not stored.status_when_finished or stored.metrics != wanted.metrics:
        return None
    if stored.replayed_from != wanted.replayed_from:  # another recording
        return None
    summary = journal.summary()
    if summary is None or summary.run_id != stored.run_id or summary.finished > _answers_kept(journal):
        return None
    if _silent_judge(summary, judged) is not None:
        return None
    nothing = _nothing_scored(summary)
    return EvaluationResult(stored, summary, nothing.exit_code if nothing else ExitCode.PASSED, nothing, already_complete=True)


def _answers_kept(journal: RunJournal) -> int:
    """How many answers are really there: a summary whose answers were lost is worth nothing."""
    kept = CompactSet()
    return sum(kept.add(answer_key(key.case_id, key.trial)) for key in journal.answer_keys() if not key.missing)


def _conclude(run: Run, *, wall_s: float) -> EvaluationResult:
    """Write how the run ended. Where even that cannot be written, the result says so and the manifest stays `running`."""
    status, why, exit_code, error = _ending(run)
    manifest = replace(run.manifest, status=status, reason=why, finished_at=run.clock.utc_iso())
    summary = run.accumulator.summary(manifest, planned=run.planned, wall_s=wall_s)
    try:
        run.journal.sync()
        run.journal.write_summary(summary)
        run.journal.write_manifest(manifest)
    except (GoldfinchError, OSError) as failed:
        lost = failed if isinstance(failed, GoldfinchError) else not_on_disk(failed, run.journal.location)
        return EvaluationResult(manifest, summary, lost.exit_code, error or lost)
    if status is manifest.status_when_finished:
        judged = frozenset[str]() if run.judging is None else run.judging.names
        if (nothing := _silent_judge(summary, judged) or _nothing_scored(summary)) is not None:
            return EvaluationResult(manifest, summary, nothing.exit_code, nothing)
    return EvaluationResult(manifest, summary, exit_code, error)


def _silent_judge(summary: Summary, judged: frozenset[str]) -> InfrastructureError | None:
    """A judge that was asked and gave no verdict on any answer: whoever asked for it has no evidence, whatever other metrics say."""
    silent = [metric.name for metric in summary.metrics if metric.name in judged and metric.missing and not metric.scored]
    if not silent:
        return None
    return InfrastructureError(
        f"the judge gave no verdict on any answer: {', '.join(silent)}",
        hint="the cases say why; mend the judge and give the same command again: only the judge is asked again",
        code=SILENT_JUDGE,
    )


def _nothing_scored(summary: Summary) -> InfrastructureError | None:
    """Every answer was had, and no metric could say anything about any of them: that is no evidence of anything."""
    if any(metric.scored for metric in summary.metrics):
        return None
    return InfrastructureError(
        "no metric gave a score to any answer",
        hint="see errors, missing and n/a beside each metric; 'goldfinch scorers' says what each of them needs",
        code="E1404",
    )


def _ending(run: Run) -> tuple[RunStatus, str, ExitCode, GoldfinchError | None]:
    counted = run.accumulator
    if counted.finished >= run.planned:
        objection = None if run.replay is None else run.replay.objection()
        if objection is not None:
            return RunStatus.INCOMPLETE, str(objection), objection.exit_code, objection
        return run.manifest.status_when_finished, "", ExitCode.PASSED, None
    done = f"{counted.finished} of {run.planned} answers"
    if (reason := run.stop.reason) is not None:
        return RunStatus.INCOMPLETE, f"{done}; {reason.why}", reason.exit_code, reason.error
    kinds = ", ".join(f"{kind} {count}" for kind, count in counted.failures.items())
    return RunStatus.INCOMPLETE, f"{done}; the others could not be had ({kinds})", ExitCode.INCONCLUSIVE, None
