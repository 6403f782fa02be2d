"""What a smoke test found, what it means for the shell, and what is worth another try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from goldfinch.core.errors import ExitCode
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.results.records import ScoreRecord, ScoreStatus
from goldfinch.core.verdict import Verdict

SCHEMA_VERSION: Final = 1
_STARTING = frozenset({502, 503, 504})
"""What proxies and services say while the service behind them starts."""


@dataclass(frozen=True, slots=True)
class SmokeCheck:
    """One thing that was tried. `passed` None: nothing was learned, because the way to the service failed."""

    name: str
    passed: bool | None
    detail: str
    attempts: int
    took_ms: float


@dataclass(frozen=True, slots=True)
class SmokeReport:
    """The evidence of one smoke test."""

    schema_version: int
    endpoint: str
    environment: str
    started_at: str
    """UTC, ISO 8601."""
    expected_release: str | None
    releases: tuple[str, ...]
    """What the answers named."""
    checks: tuple[SmokeCheck, ...]
    verdict: Verdict


def verdict_of(checks: Sequence[SmokeCheck]) -> Verdict:
    """A failed check fails the test whatever is unknown besides; no check at all is no evidence."""
    if any(check.passed is False for check in checks):
        return Verdict.FAIL
    return Verdict.PASS if checks and all(check.passed for check in checks) else Verdict.INCONCLUSIVE


def exit_code(verdict: Verdict) -> ExitCode:
    """What the command ends with."""
    codes = {Verdict.PASS: ExitCode.PASSED, Verdict.FAIL: ExitCode.GATE_FAILED, Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE}
    return codes[verdict]


def may_be_starting(failure: Failure) -> bool:
    """Whether a service that has only just been started may answer otherwise a moment later."""
    return failure.kind.is_transient or failure.kind is FailureKind.TIMEOUT or failure.status in _STARTING


def after_failure(failure: Failure) -> bool | None:
    """What is left of a failure that stayed: the service's own fails the check, the rest leaves it open."""
    return None if failure.kind.is_missing else False


def detail_of(record: ScoreRecord) -> str:
    """Why a case did not pass: the metrics that decided so, with their reasons."""
    deciding = [score for score in record.scores if score.passed is False] or [
        score for score in record.scores if score.status in (ScoreStatus.MISSING, ScoreStatus.ERROR)
    ]
    if record.failure is not None or not deciding:
        return "no scorer that decides applies to this case" if record.failure is None else record.failure.message
    return "; ".join(f"{score.metric} {_figure(score.value)}: {score.reason}" for score in deciding)


def release_check(expected: str, named: Sequence[str]) -> SmokeCheck:
    """Whether every answer came from the release that was to be tried; answers that name none tell nothing."""
    others = sorted(set(named) - {expected})
    if others:
        return SmokeCheck("release", False, f"answered by {', '.join(others)}, expected {expected}", 1, 0.0)
    if not named:
        return SmokeCheck("release", None, f"no answer names its release, expected {expected}", 1, 0.0)
    return SmokeCheck("release", True, expected, 1, 0.0)


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"
