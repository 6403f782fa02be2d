"""The arrows of docs/architecture.md hold, and a wrong one would be noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def lint_imports(folder: Path, source: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True, text=True, cwd=folder, env=os.environ | {"PYTHONPATH": str(source)}, check=False,
    )  # fmt: skip


def test_imports_point_inwards(root: Path) -> None:
    done = lint_imports(root, root / "src")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("core/output.py", "import goldfinch.settings", "Layers point inwards"),
        ("operations/wrong.py", "import goldfinch.adapters.files", "Layers point inwards"),
        ("adapters/files/wrong.py", "import goldfinch.adapters.agents", "Adapters are unaware of each other"),
        ("core/wrong.py", "import asyncio", "The core is pure"),
    ],
)
def test_an_import_in_the_wrong_direction_breaks_its_contract(root: Path, tmp_path: Path, module: str, line: str, broken: str) -> None:
    copy = tmp_path / "src" / "goldfinch"
    shutil.copytree(root / "src" / "goldfinch", copy, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    with (copy / module).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    done = lint_imports(tmp_path, tmp_path / "src")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{broken} BROKEN" in done.stdout
