from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from goldfinch.cli.explain import app
from goldfinch.core.error_pages import PAGES
from goldfinch.core.errors import UsageError

RUN = CliRunner()


def test_says_what_a_code_means_and_what_to_do() -> None:
    shown = RUN.invoke(app, ["e1503"]).stdout
    assert shown == f"E1503: {PAGES['E1503'].meaning}\nWhat to do: {PAGES['E1503'].remedy}\n"


def test_lists_every_code_without_an_argument() -> None:
    lines = RUN.invoke(app, []).stdout.splitlines()
    assert [line.split()[0] for line in lines] == sorted(PAGES)


def test_prints_json_for_a_program() -> None:
    shown = json.loads(RUN.invoke(app, ["E1214", "--output", "json"]).stdout)
    assert shown == [{"code": "E1214", "meaning": PAGES["E1214"].meaning, "remedy": PAGES["E1214"].remedy}]


@pytest.mark.parametrize(("code", "hint"), [("E1241", "did you mean E"), ("nonsense", "lists all codes")])
def test_an_unknown_code_is_a_usage_error_that_helps(code: str, hint: str) -> None:
    error = RUN.invoke(app, [code]).exception
    assert isinstance(error, UsageError)
    assert hint in str(error)
