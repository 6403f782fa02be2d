"""The reference agent as a project of its own: its environment, its commands, and one evaluation of all its releases for all tests."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
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
def releases(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """Every release evaluated on the golden dataset: what scripts/evaluate_releases.py tells, by release."""
    folder = tmp_path_factory.mktemp("releases")
    done = project.run("python scripts/evaluate_releases.py", "--output-dir", str(folder), "--json", str(folder / "releases.json"))
    assert done.returncode == 0, done.stderr
    told: Mapping[str, Any] = json.loads((folder / "releases.json").read_text(encoding="utf-8"))
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
