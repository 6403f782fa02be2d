"""How a run is carried out: what a person asked for, over the environment, over the settings file, over the defaults."""

from __future__ import annotations

import os
from typing import Any

from pydantic import ValidationError

from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.errors import ConfigurationError, UsageError
from goldfinch.settings import RunSettings


def run_settings(loaded: LoadedSettings, overrides: dict[str, Any]) -> RunSettings:
    """Flag over environment over file over default."""
    given = {name: value for name, value in overrides.items() if value is not None}
    run = loaded.settings.run
    if given.get("record") or given.get("replay"):  # of these three the command line's choice goes before the file's
        run = run.model_copy(update={"record": None, "replay": None, "cache": None})
    if "budget_usd" not in given and (text := os.environ.get("TEST_BUDGET_USD")):
        given["budget_usd"] = _budget(text)
    try:
        return RunSettings.model_validate(run.model_dump() | given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{name}: {first['msg']}, not {first['input']!r}", code="E1005") from None


def _budget(text: str) -> float:
    try:
        budget = float(text)
    except ValueError:
        budget = float("nan")
    if not budget > 0 or budget == float("inf"):
        raise ConfigurationError(f"{text!r} is no amount of US dollars above 0", where="TEST_BUDGET_USD", hint="such as 5.00", code="E1104")
    return budget
