"""Steps as they are written on the command line: `10:30m,50:30m,100:0`."""

from __future__ import annotations

import re
from datetime import timedelta

from goldfinch.core.errors import UsageError
from goldfinch.core.replay import codes
from goldfinch.core.rollout.plan import Step

_STEP = re.compile(r"(\d{1,3})(?::(\d{1,6}(?:\.\d{1,3})?)([smh]?))?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "": 1}


def read_steps(text: str) -> tuple[Step, ...]:
    """Percent and bake of each, the percents rising to 100. Raises `UsageError`."""
    steps = tuple(_step(part.strip()) for part in text.split(","))
    weights = [step.weight_percent for step in steps]
    if weights != sorted(set(weights)) or not weights[0] > 0 or weights[-1] != 100:
        raise _bad(f"{text!r} does not rise to 100")
    return steps


def _step(text: str) -> Step:
    found = _STEP.fullmatch(text)
    if found is None or int(found[1]) > 100:
        raise _bad(f"{text!r} is no step")
    return Step(int(found[1]), timedelta(seconds=float(found[2] or 0) * _SECONDS[found[3] or ""]))


def _bad(what: str) -> UsageError:
    return UsageError(f"--steps: {what}", hint="write percent and bake of each, such as 10:30m,50:30m,100:0", code=codes.BAD_REPLAY_OPTION)
