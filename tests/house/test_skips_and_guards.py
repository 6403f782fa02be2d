"""The promises of tests/conftest.py."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import os

import pytest

@pytest.mark.needs("a-program-nobody-has", package="imaginary-package")
def test_with_a_program():
    pass

@pytest.mark.long
def test_long():
    pass

def test_data(shared_data):
    pass

def test_plain():
    assert "OPENAI_API_KEY" not in os.environ
"""


def run_suite(folder: Path, root: Path, *arguments: str, **environment: str) -> str:
    (folder / "conftest.py").write_text((root / "tests" / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "test_suite.py").write_text(SUITE, encoding="utf-8")
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("GOLDFINCH_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", root / "pyproject.toml", "--rootdir", folder, "-rsf", *arguments, folder],
        capture_output=True, text=True, env=inherited | environment, cwd=folder, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_a_missing_program_skips_with_the_name_of_its_package(tmp_path: Path, root: Path) -> None:
    shown = run_suite(tmp_path, root)
    assert "1 passed, 2 skipped, 1 deselected" in shown
    assert "needs a-program-nobody-has: apt-get install imaginary-package, or make test-all" in shown
    assert "set GOLDFINCH_DATA" in shown


def test_a_missing_program_fails_where_everything_was_installed(tmp_path: Path, root: Path) -> None:
    shown = run_suite(tmp_path, root, GOLDFINCH_TEST_ALL="1", GOLDFINCH_DATA=str(tmp_path))
    assert "2 passed, 1 deselected, 1 error" in shown
    assert "imaginary-package" in shown


def test_long_tests_run_when_asked_for(tmp_path: Path, root: Path) -> None:
    assert "1 passed, 3 deselected" in run_suite(tmp_path, root, "-m", "long")


def test_no_test_reaches_another_machine() -> None:
    with socket.socket() as unconnected, pytest.raises(RuntimeError, match="loopback only"):
        unconnected.connect(("192.0.2.1", 443))


def test_no_test_sees_a_key(tmp_path: Path, root: Path) -> None:
    assert "1 passed, 2 skipped" in run_suite(tmp_path, root, OPENAI_API_KEY="sk-planted")
