"""The reference agent as a project of its own: its environment, its commands, and one evaluation of all its releases for all tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.reference_agent import EXAMPLE, STAMP, Project


@pytest.fixture(scope="session")
def project() -> Project:
    if not STAMP.exists():
        reason = f"needs the reference agent's environment: make {STAMP.relative_to(EXAMPLE.parents[1])}, or make test"
        if os.environ.get("GOLDFINCH_TEST_ALL") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return Project()


@pytest.fixture(scope="session")
def release_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the releases' runs go: what one script evaluated, another does not ask again."""
    return tmp_path_factory.mktemp("releases")


@pytest.fixture(scope="session")
def releases(project: Project, release_runs: Path) -> Mapping[str, Any]:
    """Every release evaluated on the golden dataset: what scripts/evaluate_releases.py tells, by release."""
    return told_by(project, "evaluate_releases.py", release_runs)


@pytest.fixture(scope="session")
def stopped(project: Project, release_runs: Path) -> Mapping[str, Any]:
    """What stops each release, and six pairs of the good one against itself: what scripts/stop_releases.py tells."""
    return told_by(project, "stop_releases.py", release_runs, "--pairs", "6", "--variation", "1")


def told_by(project: Project, script: str, runs: Path, *more: str) -> Mapping[str, Any]:
    file = runs / f"{script}.json"
    done = project.run(f"python scripts/{script}", "--output-dir", str(runs), "--json", str(file), *more)
    assert done.returncode == 0, done.stdout + done.stderr
    told: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return told


@pytest.fixture(scope="session")
def service(project: Project) -> Iterator[str]:
    """The good release as a service without any key; its address."""
    command = [str(project.bin / "python"), "-m", "src.api", "--port", "0", "--release", "releases/good.yaml"]
    environment = {name: value for name, value in project.environment().items() if not name.endswith("_API_KEY")}
    with subprocess.Popen(command, cwd=project.folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        address = re.search(r"http://[\d.]+:\d+", told)
        assert address, told
        log: list[str] = []
        reading = Thread(target=log.extend, args=(process.stdout,))  # a full pipe would stop the service
        reading.start()
        try:
            yield address[0]
        finally:
            process.terminate()
            code = process.wait(timeout=60)
            reading.join()
        assert code == 0, "".join(log)
