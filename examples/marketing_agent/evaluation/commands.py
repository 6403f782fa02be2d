"""The `goldfinch` command line, as a pipeline calls it, on releases of this agent."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from goldfinch import GoldfinchError
from goldfinch.core.errors import InfrastructureError

from evaluation.running import GOLDEN, SETTINGS
from src.config import ROOT

DECIDED = (0, 1, 3)
"""Exit codes of a command that did its work: passed, failed, inconclusive."""


def goldfinch(*arguments: str | Path, folder: Path) -> int:
    """Run `goldfinch ARGUMENTS` in `folder` and return its exit code. Raises `GoldfinchError` where it could not do its work.

    What a job of GitHub Actions sets is taken away: a base branch would judge by other rules, and the step's summary is not ours.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    command = [sys.executable, "-m", "goldfinch", *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in DECIDED:
        raise _failed(arguments[0], done)
    return done.returncode


def settings_of(release: str, folder: Path, *, overrides: Mapping[str, Any] | None = None, **more: Any) -> Path:
    """goldfinch.yaml with `release` as its agent, as a file in `folder`; `more` are further keys of it."""
    settings = yaml.safe_load(SETTINGS.read_text(encoding="utf-8"))
    options = {"release": release, "config": dict(overrides or {})}
    agent = {"kind": "python", "target": "evaluation.agent:answer", "path": str(ROOT), "takes_case": True, "options": options}
    file = folder / f"{release}.yaml"
    file.write_text(yaml.safe_dump(settings | {"dataset": str(GOLDEN), "agent": agent} | more), encoding="utf-8")
    return file


def _failed(command: str | Path, done: subprocess.CompletedProcess[str]) -> GoldfinchError:
    said = " ".join((done.stderr or done.stdout).split())[-500:]
    return InfrastructureError(f"goldfinch {command} ended with {done.returncode}: {said}")
