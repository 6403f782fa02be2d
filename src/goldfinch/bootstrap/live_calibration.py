"""Judge calibration with a judge that is asked, wired: its model, its budget, and where its replies are kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from goldfinch import __version__
from goldfinch.adapters.files.labels import read_labels
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.calibration import without_secrets
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.exchanges import refuse_replay
from goldfinch.bootstrap.judging import ConfiguredJudge, JudgeSpec, configured_judge, judge_settings
from goldfinch.bootstrap.run_settings import run_settings
from goldfinch.bootstrap.secrets import redactor_for
from goldfinch.bootstrap.settings import load_settings
from goldfinch.core.calibration import codes
from goldfinch.core.calibration.items import Half, LabelKind, LabelledItem, half_of
from goldfinch.core.calibration.record import CalibrationRecord
from goldfinch.core.errors import InfrastructureError, UsageError
from goldfinch.core.judging.codes import NO_JUDGE, UNKNOWN_METRIC
from goldfinch.core.judging.rubric import RUBRICS, Rubric, rubric_of
from goldfinch.core.redaction import Redactor
from goldfinch.operations.ask_judge import Asked, Repeats, ask_judge
from goldfinch.operations.calibrate import CalibrationPlan, calibrate_recorded
from goldfinch.operations.engine.judging import Judge
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.judge_items import ItemLimits
from goldfinch.ports.progress import Progress
from goldfinch.settings import RunSettings

_USUAL = Repeats()


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """Whom to ask about which labels. `replies` is the folder that keeps what the judge replied; `budget_usd` in US dollars."""

    labels: Path
    plan: CalibrationPlan
    replies: Path
    judge: JudgeSpec | None = None
    config: Path | None = None
    rubric: str | None = None
    repeats: Repeats = _USUAL
    budget_usd: float | None = None


def calibrate_live(request: LiveRequest, progress: Progress) -> CalibrationRecord:
    """Ask the judge, then calibrate it. Raises as reading labels, configuring a judge and asking it do."""
    loaded = load_settings(request.config)
    run = run_settings(loaded, {"budget_usd": request.budget_usd})
    refuse_replay(run, "goldfinch judge calibrate")
    configured = configured_judge(request.judge, loaded, concurrency=run.concurrency)
    if configured is None:
        hint = "give --judgements FILE, or a model to ask: --judge openai:gpt-4.1, or 'judge:' in goldfinch.yaml"
        raise UsageError("there are no judgements and no judge", hint=hint, code=NO_JUDGE)
    rubric = _rubric(request.plan.metric, request.rubric)
    items = read_labels(request.labels)
    redact = redactor_for(judge=judge_settings(request.judge, loaded))
    judge = _judge(configured, items, request, run, redact)
    clock = SystemClock()
    limits = ItemLimits(run.concurrency, run.timeout_s, run.max_attempts)

    async def ask(stop: StopSignal) -> Asked:
        wanted = [item for item in items if request.plan.half in (Half.ALL, half_of(item))]
        return await ask_judge(wanted, judge, rubric, request.repeats, clock=clock, limits=limits, progress=progress, stop=stop)

    asked = run_to_end(ask)
    found = calibrate_recorded(
        items, asked.judgements, request.plan, judge=None, created_at=clock.utc_iso(), goldfinch_version=__version__, cost=asked.cost
    )
    return without_secrets(found, redact)


def _rubric(metric: str | None, text: str | None) -> Rubric:
    known = ", ".join(RUBRICS)
    if metric is None:
        hint = f"give --metric: {known}, or another name with --rubric"
        raise UsageError("nothing says what the judge is to judge", hint=hint, code=codes.BAD_OPTION)
    rubric = rubric_of(metric, text)
    if rubric is None:
        hint = f"take one of {known}, or give --rubric"
        raise UsageError(f"there is no rubric for {metric!r}", hint=hint, code=UNKNOWN_METRIC)
    return rubric


def _judge(configured: ConfiguredJudge, items: tuple[LabelledItem, ...], request: LiveRequest, run: RunSettings, redact: Redactor) -> Judge:
    """The judge with its budget: --budget first, then the settings'; a folder for its replies is made when it is needed."""

    def folder() -> Path:
        try:
            request.replies.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InfrastructureError(f"cannot write: {error.strerror}", where=str(request.replies), code=codes.CANNOT_WRITE) from error
        return request.replies

    is_pairwise = items[0].kind is LabelKind.PAIRWISE
    judging = configured.comparing if is_pairwise else configured.judging
    judge = judging(folder, redact, budget_usd=run.budget_usd)
    if request.budget_usd is None:
        return judge
    return Judge(judge.model, judge.protocol, judge.open_replies, request.budget_usd)
