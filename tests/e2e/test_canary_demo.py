"""`make demo` from its first line to its last: real Envoy, real release processes, users of several turns."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.reference_agent import Project

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def recipe() -> list[str]:
    """What `make demo` runs, without the name of the folder."""
    found = re.search(r"^demo:.*\n\t(.+) --folder ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return found[1].replace("$(AGENT_VENV)", "examples/marketing_agent/.venv").split()


def test_the_good_release_is_promoted_the_forgetful_one_goes_back_and_nothing_is_left_running(
    recipe: list[str],
    project: Project,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run([*recipe, "--folder", str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    told = done.stdout
    assert done.returncode == 0, told[-4000:] + done.stderr
    ended = re.findall(r"^(Succeeded|RolledBack)  marketing-agent", told, re.MULTILINE)
    assert ended == ["Succeeded", "Succeeded", "RolledBack"]
    assert "rolled back: probe_score" in told
    assert "is whole" in told
    (pack,) = folder.glob("marketing-agent/.goldfinch/*/demo/evidence/*/index.html")
    assert pack.stat().st_size > 1_000
    assert not [process for process in Path("/proc").glob("[0-9]*/cmdline") if str(folder).encode() in _read(process)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
