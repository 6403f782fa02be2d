"""`goldfinch monitor`, put together: the rollout under way, else what serves, against a baseline or absolute limits (C13)."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goldfinch.adapters.files.atomic import write_atomically
from goldfinch.adapters.recovery.access_requests import AccessRequests
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.recovery import Place, driver, place
from goldfinch.bootstrap.release_figures import figures_of
from goldfinch.bootstrap.reports import open_run
from goldfinch.bootstrap.rollout_plan import TIME_SCALE, environment_of, plan_of
from goldfinch.core.errors import ExitCode, GoldfinchError, InfrastructureError
from goldfinch.core.health.outcome import Assessment
from goldfinch.core.live.release_figures import PrometheusEvidence
from goldfinch.core.recovery.failures import NoRollout, OtherReleases
from goldfinch.core.recovery.watching import DEFAULT_LIMITS, ERROR_RATE, MARGINS, P95_LATENCY, SCORE, Limit, WatchReport
from goldfinch.core.rollout.record import Rollout
from goldfinch.core.rollout.state import Phase
from goldfinch.core.scoring.score import Metric
from goldfinch.core.serving.doors import reachable
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.monitor import (
    NO_RELEASE,
    Probes,
    RolloutReport,
    RolloutTools,
    RolloutWatch,
    ServiceWatch,
    monitor_rollout,
    monitor_service,
)
from goldfinch.operations.probe_service import ServiceProbes, probe_service

LEAST_ERROR_RATE = 0.01
"""A baseline without a single error is no promise of none: what a rate is held against is never below this (STATISTICS A2, floors)."""
FILE = "monitoring.json"


@dataclass(frozen=True, slots=True)
class MonitorRequest:
    """What a person typed. `rollout`: only a rollout is watched, and none recorded is an error; False: only what serves."""

    environment: str
    seconds: float
    baseline: Path | None = None
    rollout: bool | None = None
    canary: str | None = None
    stable: str | None = None
    roll_back: bool = True
    endpoint: str | None = None
    probes_per_minute: float | None = None
    """None: the settings'; 0: none are sent."""
    evidence: Path | None = None
    by: str | None = None
    config: Path | None = None
    start_command: str = "goldfinch rollout start RELEASE"
    """What to run where nothing is recorded."""


@dataclass(frozen=True, slots=True)
class Monitored:
    """One of the two, with the file that keeps it."""

    report: WatchReport | RolloutReport
    file: Path
    prometheus: PrometheusEvidence | None = None
    """Beside it; nothing is decided by it."""

    @property
    def exit_code(self) -> ExitCode:
        return self.report.exit_code

    @property
    def sentence(self) -> str:
        return self.report.sentence

    def as_json(self) -> dict[str, Any]:
        found = self.report.as_json()
        return found if self.prometheus is None else {**found, "prometheus": self.prometheus.as_json()}


def run_monitor(request: MonitorRequest, say: Callable[[str], None]) -> Monitored:
    """Raises `NoRollout` (E3802), `OtherReleases` (E3807), and what settings, store and datasets raise."""
    with place(request.environment, request.config, request.by) as here:
        rollout = None if request.rollout is False else _recorded(request, here)
        seconds = request.seconds / _scale(here)
        begun = SystemClock().utc()
        report = (
            _watch_rollout(request, here, rollout, seconds, say) if rollout is not None else _watch_service(request, here, seconds, say)
        )
        file = request.evidence or here.folder.root / FILE
        found = Monitored(report, file, figures_of(here.loaded.settings.serve, _releases(report, here), begun, SystemClock().utc(), say))
        _keep(found.as_json(), file, here)
        return found


def _releases(report: WatchReport | RolloutReport, here: Place) -> tuple[str, ...]:
    """Both of a rollout; else those that answered, or where nobody came the one that serves by the record."""
    if isinstance(report, RolloutReport):
        return tuple(release for release in (report.rollout.stable, report.rollout.canary) if release)
    if answered := tuple(sorted(release for release in report.releases if release != NO_RELEASE)):
        return answered
    latest = here.store.rollouts.latest(here.service, here.environment)
    serving = None if latest is None else latest.canary if latest.state.phase is Phase.SUCCEEDED else latest.stable
    return (serving,) if serving else ()


def _scale(here: Place) -> float:
    """GOLDFINCH_TIME_SCALE, of local environments only. Raises `ConfigurationError`."""
    scale = os.environ.get(TIME_SCALE) or None
    return plan_of(here.loaded.settings, environment=here.environment, time_scale=scale).time_scale


def _recorded(request: MonitorRequest, here: Place) -> Rollout | None:
    """The one that is watched; None: what serves is."""
    store = here.store.rollouts
    under_way = store.under_way(here.service, here.environment)
    found = store.get(under_way) if under_way else store.latest(here.service, here.environment) if request.rollout else None
    if found is None:
        if request.rollout:
            raise NoRollout(
                f"{here.service} has no rollout in {here.environment}", where=here.store.name, hint=f"run: {request.start_command}"
            )
        return None
    for wanted, is_there, side in ((request.canary, found.canary, "canary"), (request.stable, found.stable, "stable release")):
        if wanted and here.store.releases.find(wanted).id != is_there:
            what = f"the {side} of {found.id} is {is_there or 'none: a first release'}, not {wanted[:60]}"
            raise OtherReleases(what, hint="name none, and the record is read")
    return found


def _watch_rollout(request: MonitorRequest, here: Place, rollout: Rollout, seconds: float, say: Callable[[str], None]) -> RolloutReport:
    if rollout.stable is None:
        say("no baseline: a first release is held against absolute limits alone")
    watch = RolloutWatch(rollout.id, seconds, here.by or "monitor", request.roll_back)
    tools = RolloutTools(here.store.rollouts, here.store.releases, SystemClock(), driver(here.loaded, here.folder), say)

    async def work(stop: StopSignal) -> RolloutReport:  # noqa: ARG001 - the rollout stays as it is
        return await monitor_rollout(watch, tools)

    return run_to_end(work)


def _watch_service(request: MonitorRequest, here: Place, seconds: float, say: Callable[[str], None]) -> WatchReport:
    metrics, probes = _probes(request, here)
    limits, notes = limits_of(here, request.baseline, metrics)
    watch = ServiceWatch(seconds, tuple(limits), tuple(notes))

    async def work(stop: StopSignal) -> WatchReport:  # noqa: ARG001 - nothing is decided before its time
        return await monitor_service(watch, AccessRequests(here.folder.access_log), SystemClock(), say=say, probes=probes)

    return run_to_end(work)


def _probes(request: MonitorRequest, here: Place) -> tuple[tuple[Metric, ...], Probes | None]:
    """Sent where the settings have cases for them, or an endpoint is named."""
    from goldfinch.bootstrap import probe_service as wiring

    settings = here.loaded.settings
    per_minute = settings.live.probes.per_minute if request.probes_per_minute is None else request.probes_per_minute
    if per_minute == 0 or (settings.live.probes.dataset is None and request.endpoint is None):
        return (), None
    metrics, service = wiring.probe_metrics(here.loaded), wiring.probe_service(here.loaded)
    probes = ServiceProbes(wiring.probe_cases(here.loaded), metrics, per_minute, wiring.turn_timeout_s(here.loaded))
    own = request.endpoint is None
    endpoint = request.endpoint or f"http://{reachable(settings.proxy.listen)}"
    allow_private = own or environment_of(settings, here.environment).kind == "local"

    async def send(seconds: float) -> Any:
        target = service.at(endpoint, headers=here.probe().headers(), allow_private=allow_private)
        return await probe_service(probes, target, seconds, clock=SystemClock(), new_session=lambda: f"probe-{secrets.token_hex(8)}")

    return metrics, send


def limits_of(here: Place, baseline: Path | None, metrics: tuple[Metric, ...]) -> tuple[list[Limit], list[str]]:
    """Absolute limits always; beside them those of a baseline. Every fallback is a note, which is said first (C13)."""
    notes: list[str] = []
    limits = list(_absolute(here))
    if baseline is not None and baseline.exists():
        limits += _of_run(baseline, metrics, notes)
        return limits, notes
    if baseline is not None:
        notes.append(f"the baseline {baseline} is not there: held against the last rollout on record, else against absolute limits alone")
    own = list(_of_record(here))
    limits += own
    if not own:
        notes.append("no rollout on record has figures to compare with: ABSOLUTE LIMITS ALONE decide")
    return limits, notes


def _absolute(here: Place) -> Iterator[Limit]:
    written = here.loaded.settings.rollout.health.absolute_limits
    for metric, value in {**DEFAULT_LIMITS, **written}.items():
        yield Limit(metric, value, "rollout.health.absolute_limits" if metric in written else "default")


def _of_run(baseline: Path, metrics: tuple[Metric, ...], notes: list[str]) -> Iterator[Limit]:
    """An evaluation's pass rate is compared with probe sessions only, and only where the same scorers of the same versions judged both."""
    try:
        summary = open_run(baseline).summary()
    except GoldfinchError as error:
        notes.append(f"the baseline cannot be read ({error}): ABSOLUTE LIMITS ALONE decide")
        return
    if summary is None or summary.passes.rate.mean is None:
        notes.append(f"the baseline {baseline} has no pass rate: ABSOLUTE LIMITS ALONE decide")
        return
    own = {metric.name: metric.scorer.version for metric in metrics if metric.pass_mark is not None}
    theirs = {one.name: one.version for one in summary.metrics if one.pass_mark is not None}
    if not own or own != theirs:
        notes.append("the baseline was judged by other scorers, or other versions, than live answers are: its scores are NOT compared")
        return
    yield Limit(SCORE, summary.passes.rate.mean * MARGINS[SCORE], f"pass rate of {baseline} x {MARGINS[SCORE]:.2f}")


def _of_record(here: Place) -> Iterator[Limit]:
    """Of the release that serves now, as the last rollout that promoted or kept it saw it."""
    latest = here.store.rollouts.latest(here.service, here.environment)
    check = _last_check(here, latest) if latest is not None else None
    if latest is None or check is None:
        return
    promoted = latest.state.phase is Phase.SUCCEEDED
    for one in check.checks:
        measured = one.canary if promoted else one.stable
        if one.metric in (ERROR_RATE, P95_LATENCY) and measured.value is not None:
            value = measured.value * MARGINS[one.metric]
            floor = LEAST_ERROR_RATE if one.metric == ERROR_RATE else 0.0
            yield Limit(one.metric, max(value, floor), f"{latest.id} x {MARGINS[one.metric]:.2f}, of {measured.units} sessions")


def _last_check(here: Place, latest: Rollout) -> Assessment | None:
    found = [one.assessment for one in here.store.rollouts.decisions(latest.id) if one.assessment is not None and one.assessment.checks]
    return found[-1] if found else None


def _keep(value: dict[str, Any], file: Path, here: Place) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(file, json.dumps(here.store.redact.value(value), indent=2).encode() + b"\n")
    except OSError as error:
        raise InfrastructureError(f"the evidence cannot be written: {error.strerror}", where=str(file)) from None
