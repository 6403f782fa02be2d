"""Wires a smoke test: settings, service, cases, and the file that keeps what it found."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from goldfinch.adapters.files.atomic import write_atomically
from goldfinch.adapters.system import SystemClock
from goldfinch.bootstrap.event_loop import run_to_end
from goldfinch.bootstrap.probe_service import probe_metrics, probe_service, smoke_cases, turn_timeout_s
from goldfinch.bootstrap.rollout_folder import rollout_folder, service_of
from goldfinch.bootstrap.rollout_plan import environment_of
from goldfinch.bootstrap.secrets import named_secrets, redactor_for
from goldfinch.bootstrap.settings import LoadedSettings, load_settings
from goldfinch.core.datasets.selection import Selection
from goldfinch.core.errors import AgentUnusable, ConfigurationError, InfrastructureError
from goldfinch.core.probes import codes
from goldfinch.core.probes.smoke import SCHEMA_VERSION, SmokeReport
from goldfinch.operations.engine.stopping import StopSignal
from goldfinch.operations.smoke import SmokeTerms, smoke

FILE = "smoke.json"


@dataclass(frozen=True, slots=True)
class SmokeRequest:
    """What a person asks for; None leaves it to the settings, then to the defaults."""

    endpoint: str
    environment: str = "local"
    config: Path | None = None
    datasets: tuple[Path, ...] = ()
    cases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    limit: int = 3
    release: str | None = None
    health: str | None = None
    """Empty: no path is asked."""
    timeout_s: float | None = None
    within_s: float = 60.0
    evidence: Path | None = None
    allow_private: bool = False


def run_smoke(request: SmokeRequest) -> tuple[SmokeReport, Path]:
    """Carry it out, and keep the evidence. Raises `ConfigurationError`, `UsageError`, `DatasetError`, and where it cannot be kept."""
    loaded = load_settings(request.config)
    allow_private = request.allow_private or environment_of(loaded.settings, request.environment).kind == "local"
    file = request.evidence or rollout_folder(loaded, service_of(loaded), request.environment).root / FILE
    selection = Selection(frozenset(request.cases), frozenset(request.tags), None if request.cases else request.limit)
    cases, metrics = smoke_cases(loaded, request.datasets, selection), probe_metrics(loaded)
    try:
        target = probe_service(loaded).at(request.endpoint, allow_private=allow_private)
    except AgentUnusable as error:
        raise _maybe_private(error, allow_private) from None

    async def work(_: StopSignal) -> SmokeReport:
        async with target:
            return await smoke(_terms(request, loaded), target, cases, metrics, clock=SystemClock(), new_session=_new_session)

    try:
        report = run_to_end(work)
    except AgentUnusable as error:
        raise _maybe_private(error, allow_private) from None
    _keep(report, file, loaded)
    return report, file


def smoke_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the evidence file."""
    text, number = {"type": "string"}, {"type": "number", "minimum": 0}
    check = {
        "name": {**text, "description": "health, case ID, or release"},
        "passed": {"type": ["boolean", "null"], "description": "null: nothing was learned"},
        "detail": text,
        "attempts": {"type": "integer", "minimum": 1},
        "took_ms": number,
    }
    top = {
        "schema_version": {"const": SCHEMA_VERSION},
        "endpoint": text,
        "environment": text,
        "started_at": {**text, "format": "date-time", "description": "UTC"},
        "expected_release": {"type": ["string", "null"]},
        "releases": {"type": "array", "items": text, "description": "that the answers named"},
        "checks": {"type": "array", "items": {"type": "object", "properties": check, "required": list(check)}},
        "verdict": {"enum": ["pass", "fail", "inconclusive"]},
    }
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Evidence of a smoke test"}
    return {**about, "type": "object", "properties": top, "required": list(top)}


def _terms(request: SmokeRequest, loaded: LoadedSettings) -> SmokeTerms:
    health = loaded.settings.deploy.health if request.health is None else request.health
    return SmokeTerms(
        request.endpoint,
        request.environment,
        health or None,
        request.release,
        turn_timeout_s(loaded) if request.timeout_s is None else request.timeout_s,
        request.within_s,
    )


def _new_session() -> str:
    return f"smoke-{secrets.token_hex(8)}"


def _maybe_private(error: AgentUnusable, allow_private: bool) -> Exception:
    """A refused address in the words of this command: the reason stays, the way out is the flag."""
    if error.code != "E1322" or allow_private or "private" not in error.problem.what:
        return error
    hint = "give --allow-private if the service really is there"
    return ConfigurationError(error.problem.what, where="--endpoint", hint=hint, code=codes.PRIVATE_ENDPOINT)


def _keep(report: SmokeReport, file: Path, loaded: LoadedSettings) -> None:
    redact = redactor_for(loaded.settings.agent, also=named_secrets(loaded.settings.live.probes.agent))
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(file, msgspec.json.format(msgspec.json.encode(redact.value(msgspec.to_builtins(report)))) + b"\n")
    except OSError as error:
        what = f"the evidence of the smoke test cannot be written: {error.strerror}"
        raise InfrastructureError(what, where=str(file), code=codes.EVIDENCE_NOT_WRITTEN) from None
