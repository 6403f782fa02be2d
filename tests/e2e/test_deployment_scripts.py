"""The specification's deployment commands as it prints them, in the reference agent's own environment (R43, R44, R47-R50)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.reference_agent import EXAMPLE as AGENT


def run(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """With a store of its own, so that nothing of another run is read."""
    settings = folder / "goldfinch.yaml"
    if not settings.exists():
        settings.write_text(json.dumps({"service": "marketing-agent", "store": {"url": f"sqlite:///{folder}/store.db"}}), encoding="utf-8")
    words = command.replace("python scripts/", f"{AGENT / 'scripts'}/").split()
    environment = {**os.environ, "GOLDFINCH_URL": "", "CI": ""}
    python = AGENT / ".venv" / "bin" / "python"
    return subprocess.run(
        [str(python), *words, "--config", str(settings)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=AGENT,
        env=environment,
    )


@pytest.mark.parametrize("name", ["smoke_tests", "monitor_deployment", "canary_deploy", "monitor_canary", "validate_deployment"])
def test_every_command_explains_itself(tmp_path: Path, name: str) -> None:
    done = run(tmp_path, f"python scripts/{name}.py --help")
    assert done.returncode == 0, done.stderr
    assert "--environment" in done.stdout


@pytest.mark.parametrize(
    "versions",
    [
        "",
        " --baseline-version v1.0.0 --canary-version 0123456789abcdef0123456789abcdef01234567",
        " --baseline-version --canary-version 0123456",
    ],
)
def test_without_a_record_monitor_canary_names_the_command_to_run(tmp_path: Path, versions: str) -> None:
    done = run(tmp_path, f"python scripts/monitor_canary.py --environment production --duration 1800{versions}")
    assert done.returncode == 2, done.stderr
    assert "E3802" in done.stderr
    assert "python scripts/canary_deploy.py --environment production --version" in done.stderr


def test_a_release_that_nobody_made_is_not_deployed(tmp_path: Path) -> None:
    done = run(tmp_path, "python scripts/canary_deploy.py --environment production --version 0123456789abcdef --percentage 10")
    assert done.returncode == 2
    assert "no release" in done.stderr


def test_nothing_under_way_is_nothing_to_roll_back(tmp_path: Path) -> None:
    done = run(tmp_path, "python scripts/canary_deploy.py --environment production --rollback")
    assert done.returncode == 0, done.stderr
    assert "nothing to roll back" in done.stdout


def test_a_baseline_that_is_not_there_is_said_first_and_silence_is_no_health(tmp_path: Path) -> None:
    done = run(tmp_path, "python scripts/monitor_deployment.py --environment staging --duration 1 --baseline evaluation/results/baseline")
    assert done.returncode == 3, done.stdout + done.stderr
    assert "ABSOLUTE LIMITS ALONE" in done.stderr
    assert "inconclusive" in done.stdout
