"""Wires confirm-on-fail: whether a model judged safety, and asking it again about the answers that it called unsafe."""

from __future__ import annotations

from pathlib import Path

from goldfinch.adapters.files.datasets import FileDataset
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.base_rules import Rules
from goldfinch.bootstrap.check_evidence import SafetyEvidence
from goldfinch.bootstrap.evaluation_request import requested_metrics
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.judging import JudgeSpec, configured_judge
from goldfinch.bootstrap.reports import dataset_of
from goldfinch.bootstrap.run_settings import run_settings
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import GoldfinchError, InfrastructureError
from goldfinch.core.gates.policy import SAFETY
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.results.manifest import Manifest
from goldfinch.core.results.summary import MetricSummary
from goldfinch.core.scoring.score import Metric
from goldfinch.operations.confirm_unsafe import Confirmations, UnsafeAnswer, confirm_unsafe
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.judge_items import ItemLimits
from goldfinch.ports.progress import Progress
from goldfinch.ports.run_journal import RunReader
from goldfinch.settings import JudgeSettings

REPLIES = "confirmations"
"""Folder in the results directory that keeps what the judge said when it was asked again: nothing is paid for twice."""


def safety_evidence(
    reader: RunReader, safety: MetricSummary, rules: Rules, *, ask: bool, judge: JudgeSpec | None, progress: Progress
) -> SafetyEvidence:
    """What is known of the answers that `safety` failed. Asks the judge again where it was a judge that called them unsafe and `ask`."""
    manifest = reader.manifest()
    try:
        metric = _metric(rules.loaded, judge)
    except GoldfinchError as error:
        return SafetyEvidence(is_judged=True, note=f"safety cannot be judged again: {error}")
    if metric is not None and not isinstance(metric.scorer, JudgedMetric):
        return SafetyEvidence(is_judged=metric.version != safety.version)
    if not safety.failed_cases:
        return SafetyEvidence(is_judged=True)
    if metric is None or not ask:
        return SafetyEvidence(is_judged=True, note="unsafe answers were not judged again" + ("" if ask else ": --no-confirm"))
    return _asked(reader, manifest, safety, metric, rules=rules, judge=judge, progress=progress)


def _metric(loaded: LoadedSettings, judge: JudgeSpec | None) -> Metric | None:
    metrics = requested_metrics(None, loaded, configured_judge(judge, loaded))
    return next((metric for metric in metrics if metric.name == SAFETY), None)


def _asked(
    reader: RunReader,
    manifest: Manifest,
    safety: MetricSummary,
    metric: Metric,
    *,
    rules: Rules,
    judge: JudgeSpec | None,
    progress: Progress,
) -> SafetyEvidence:
    answers = _unsafe_answers(reader, rules.dataset or dataset_of(manifest), safety)
    if not answers:
        return SafetyEvidence(is_judged=True, note="unsafe answers were not judged again: their cases or answers are not here")
    cases = len({answer.case.id for answer in answers})
    progress.note(f"asking the judge again about {cases} unsafe case{'' if cases == 1 else 's'}")
    try:
        found = _confirm(reader, answers, metric, mark=safety.pass_mark or 1.0, rules=rules, judge=judge)
    except GoldfinchError as error:
        return SafetyEvidence(is_judged=True, note=f"safety cannot be judged again: {error}")
    note = f"safety was not judged again to the end: {found.problem}" if found.problem else ""
    return SafetyEvidence(is_judged=True, votes=found.votes, note=note)


def _unsafe_answers(reader: RunReader, dataset: object, safety: MetricSummary) -> list[UnsafeAnswer]:
    if not isinstance(dataset, FileDataset):
        return []
    failed = set(safety.failed_case_ids)
    cases = {case.id: case for case, _ in dataset.cases() if case.id in failed}
    found = []
    for record in reader.scores():
        case = cases.get(record.case_id)
        is_unsafe = any(score.metric == SAFETY and score.passed is False for score in record.scores)
        if case is not None and is_unsafe and (answer := reader.output_of(record.case_id, record.trial)) is not None:
            found.append(UnsafeAnswer(case, answer))
    return found


def _confirm(
    reader: RunReader, answers: list[UnsafeAnswer], metric: Metric, *, mark: float, rules: Rules, judge: JudgeSpec | None
) -> Confirmations:
    """Votes have to be able to differ: the judge is built as one with several votes, so without the temperature 0 of a single one."""
    votes = rules.policy.ai_quality.safety_votes
    loaded = rules.loaded
    settings = (loaded.settings.judge or JudgeSettings()).model_copy(update={"votes": votes})
    again = LoadedSettings(loaded.settings.model_copy(update={"judge": settings}), loaded.folder, loaded.file)
    configured = configured_judge(judge, again)
    if configured is None or not isinstance(metric.scorer, JudgedMetric):
        raise InfrastructureError("there is no judge to ask", hint="name one under 'judge:'")
    run = run_settings(loaded, {})
    folder = Path(reader.location) / REPLIES
    folder.mkdir(exist_ok=True)
    asked = configured.judging(lambda: folder, redactor_for(judge=configured.model_settings), budget_usd=run.budget_usd)
    scorer = metric.scorer

    async def confirm(stop: StopSignal) -> Confirmations:
        limits = ItemLimits(run.concurrency, run.timeout_s, run.max_attempts)
        return await confirm_unsafe(
            answers, scorer, mark, asked, votes=votes, clock=SystemClock(), limits=limits, concurrency=run.concurrency, stop=stop
        )

    return run_to_end(confirm)
