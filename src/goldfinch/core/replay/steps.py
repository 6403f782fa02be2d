"""Steps as they are written on the command line: `10:30m,50:30m,100:0`."""

from __future__ import annotations

from datetime import timedelta

from goldfinch.core.errors import UsageError
from goldfinch.core.replay import codes
from goldfinch.core.rollout.durations import duration
from goldfinch.core.rollout.plan import Step


def read_steps(text: str) -> tuple[Step, ...]:
    """Percent and bake of each. Whether they are a plan is for the plan's own check. Raises `UsageError`."""
    return tuple(_step(part.strip()) for part in text.split(","))


def _step(text: str) -> Step:
    percent, _, bake = text.partition(":")
    if not (percent.isdecimal() and percent.isascii() and len(percent) <= 3):
        raise _bad(f"{text[:40]!r} is no step")
    try:
        return Step(int(percent), timedelta(0) if bake in ("", "0") else duration(bake))
    except ValueError as error:
        raise _bad(str(error)) from None


def _bad(what: str) -> UsageError:
    hint = "write percent and bake of each, such as 10:30m,50:30m,100:0"
    return UsageError(what, where="--steps", hint=hint, code=codes.BAD_REPLAY_OPTION)
