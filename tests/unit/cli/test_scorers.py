"""`goldfinch scorers`."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from goldfinch.bootstrap.scorer_catalogue import KINDS
from goldfinch.cli.scorers import app
from goldfinch.core.errors import UsageError

RUNNER = CliRunner()


def test_lists_every_shipped_scorer_with_what_it_needs() -> None:
    shown = RUNNER.invoke(app, [])
    assert shown.exit_code == 0
    for kind, entry in KINDS.items():
        assert f"\n{kind} " in f"\n{shown.stdout}"
        assert f"needs {entry.needs}" in shown.stdout


def test_json_is_pure_and_complete() -> None:
    shown = RUNNER.invoke(app, ["--output", "json"])
    listed = {one["kind"]: one for one in json.loads(shown.stdout)["scorers"]}
    assert set(listed) >= set(KINDS)
    assert {"name": "ignore_case", "type": "bool", "required": False, "default": False} in listed["exact"]["options"]
    assert listed["regex"]["options"][0] == {"name": "pattern", "type": "str", "required": True, "default": None}


def test_shows_one_scorer_with_its_options() -> None:
    shown = RUNNER.invoke(app, ["json_schema"])
    assert "schema: Mapping[str, Any], required" in shown.stdout
    assert "check_formats: bool, default False" in shown.stdout


def test_an_unknown_scorer_is_a_usage_error_with_the_nearest_name() -> None:
    shown = RUNNER.invoke(app, ["nummeric"])
    assert isinstance(shown.exception, UsageError)
    assert "did you mean numeric?" in str(shown.exception)


def test_a_judged_metric_is_shown_by_the_name_that_evaluate_takes() -> None:
    assert "A model grades the answer" in RUNNER.invoke(app, ["judge:accuracy"]).stdout


@pytest.mark.parametrize("kind", ["weighted", "all_of"])
def test_compositions_say_that_they_take_scorers(kind: str) -> None:
    assert "of: list of scorers, required" in RUNNER.invoke(app, [kind]).stdout
