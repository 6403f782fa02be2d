"""Rehearsals of the way back: what each came to, and whether the last one is too long ago (P12)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from goldfinch.core.recovery.times import RollbackTimes

STALE_AFTER: Final = timedelta(days=30)


class Fault(StrEnum):
    """What is broken on purpose."""

    ERRORS = "errors"
    LATENCY = "latency"
    QUALITY = "quality"
    METRICS_OUTAGE = "metrics-outage"
    KILL_CONTROLLER = "kill-controller"


@dataclass(frozen=True, slots=True)
class Drill:
    """One rehearsal. Times are seconds since the fault was switched on."""

    at: datetime
    fault: Fault
    passed: bool
    sentence: str
    times: RollbackTimes
    detected_s: float | None = None
    """Until the rollback was decided."""
    trigger: str = ""
    environment: str = ""
    by: str = ""
    requests: int = 0
    failed_requests: int = 0
    """Of those that the fault did not fail itself."""

    def as_json(self) -> dict[str, Any]:
        return {
            "schema_version": 1,
            "kind": "drill",
            "at": self.at.isoformat(),
            "fault": self.fault.value,
            "passed": self.passed,
            "sentence": self.sentence,
            "detected_s": self.detected_s,
            "times": self.times.as_json(),
            "trigger": self.trigger,
            "environment": self.environment,
            "by": self.by,
            "requests": self.requests,
            "failed_requests": self.failed_requests,
        }


@dataclass(frozen=True, slots=True)
class LastDrill:
    """What has to be known of the last one."""

    at: datetime
    fault: str
    passed: bool


def read_drill(line: str) -> LastDrill:
    """One line of the file. Raises `ValueError` in words."""
    try:
        value = json.loads(line)
        at = datetime.fromisoformat(value["at"])
        found = LastDrill(at, str(value["fault"]), value["passed"] is True)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ValueError("no line of a drill") from None
    if at.tzinfo is None:
        raise ValueError("a drill without a time zone")
    return found


def overdue(last: LastDrill | None, now: datetime) -> str:
    """The warning at the start of a rollout in production, in one sentence; empty: the way back was rehearsed lately, and worked."""
    remedy = "hold one: goldfinch drill --fault errors"
    if last is None:
        return f"the way back was never rehearsed here; {remedy}"
    if not last.passed:
        return f"the last drill ({last.fault}, {last.at:%Y-%m-%d}) failed; {remedy}"
    days = (now - last.at).days
    return f"the last drill was {days} days ago, on {last.at:%Y-%m-%d}; {remedy}" if now - last.at > STALE_AFTER else ""
