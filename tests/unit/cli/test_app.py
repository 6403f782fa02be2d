from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from goldfinch.cli.app import COMMANDS, app


@pytest.mark.parametrize(("written", "meant"), [("evalute", "evaluate"), ("datasets", "dataset"), ("reprot", "report")])
def test_a_misspelt_command_is_told_the_nearest(written: str, meant: str) -> None:
    done = CliRunner().invoke(app, [written])
    assert done.exit_code == 2
    assert f"Did you mean '{meant}'?" in done.stderr


def test_a_word_that_is_near_to_no_command_gets_no_offer() -> None:
    done = CliRunner().invoke(app, ["zzzzzz"])
    assert done.exit_code == 2
    assert "No such command 'zzzzzz'" in done.stderr
    assert "Did you mean" not in done.stderr


def test_every_command_shows_its_help() -> None:
    for name in COMMANDS:
        done = CliRunner().invoke(app, [name, "--help"])
        assert done.exit_code == 0
        assert "Usage:" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_output_that_finds_no_room_is_one_line() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "goldfinch", "explain", "E1001"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 3
    assert done.stderr == "error E1400: cannot write the output: No space left on device; free space, or send it elsewhere\n"


def test_a_closed_output_is_nobody_to_write_to() -> None:
    done = subprocess.run(f"{sys.executable} -m goldfinch explain E1001 >&-", shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
