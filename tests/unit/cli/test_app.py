from __future__ import annotations

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
