"""Every trigger and every hold has a page, and every command on a page is one that the command line takes."""

from __future__ import annotations

import ast
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

import goldfinch
from goldfinch.cli.app import COMMANDS
from goldfinch.core.health.metrics import HealthRules
from goldfinch.core.health.outcome import HoldReason
from goldfinch.core.recovery.failures import UnknownRunbook
from goldfinch.core.recovery.pages.all import RUNBOOKS
from goldfinch.core.recovery.runbook import Runbook, as_markdown, find
from goldfinch.core.rollout.state import PauseReason, Phase

CORE = Path(goldfinch.__file__).parent / "core"


def triggers() -> set[str]:
    """First words of every `rolling_back.begin(at, "…")`, and last words of every finding that rolls back, as they stand in the code."""
    found = set()
    for path in (*CORE.joinpath("rollout").glob("*.py"), CORE / "health" / "assess.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= _trigger_of(node)
    return found


def _trigger_of(call: ast.Call) -> set[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    texts = [argument.value for argument in call.args if isinstance(argument, ast.Constant) and isinstance(argument.value, str)]
    if name == "begin" and texts:
        return {texts[0]}
    if name == "_leave" and texts:
        return {texts[0]}
    rolls_back = name == "_Finding" and call.args and ast.unparse(call.args[0]) == "Call.ROLL_BACK"
    return set(texts[-1:]) if rolls_back else set()


def alerts() -> list[str]:
    metrics = {metric.name for metric in HealthRules().metrics} | {"probe_score"}
    phases = {Phase.ROLLBACK_FAILED, Phase.SMOKE_TESTING, Phase.MIGRATING}
    return sorted({*triggers(), *map(str, PauseReason), *map(str, HoldReason), *metrics, *map(str, phases), "controller-down"})


def test_the_triggers_of_the_code_are_found() -> None:
    known = {"refused", "unhealthy", "inconclusive", "not_ready", "router", "operator", "superseded"}
    assert known | {"safety", "fast_path", "absolute_limit", "unknown", "no_data"} <= triggers()


@pytest.mark.parametrize("alert", alerts())
def test_every_alert_leads_to_a_page(alert: str) -> None:
    assert find(alert, RUNBOOKS) in RUNBOOKS


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.alert)
def test_a_page_says_everything_that_one_on_call_needs(page: Runbook) -> None:
    written = as_markdown(page)
    for heading in ("Symptom", "Check", "Command", "Verify", "Escalate"):
        assert f"## {heading}\n\n" in written
    assert page.check
    assert page.act
    assert page.verify
    assert len(page.escalate) > 10


def commands() -> list[str]:
    return sorted({command for page in RUNBOOKS for command in page.commands()})


@pytest.mark.parametrize("command", commands())
def test_a_command_of_a_page_parses(command: str) -> None:
    program, name, *rest = shlex.split(command)
    assert program == "goldfinch"
    parse(typer.main.get_command(import_module(COMMANDS[name].module).app), name, rest)


def parse(command: Any, name: str, arguments: list[str]) -> None:
    """As far as its own `parse_args`: wrong options and missing arguments are found, nothing is run."""
    inner = getattr(command, "commands", None)
    if inner is not None:
        assert arguments[0] in inner, f"{name} has no {arguments[0]}"
        parse(inner[arguments[0]], arguments[0], arguments[1:])
        return
    with command.make_context(name, arguments):
        pass


def test_every_page_is_in_the_docs_as_the_code_has_it(root: Path) -> None:
    folder = root / "docs" / "runbooks"
    assert {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md") if path.stem != "README"} == {
        page.alert: as_markdown(page) for page in RUNBOOKS
    }, "run `make reference`"


@pytest.mark.parametrize("name", ["MetricsUnavailable", "metrics_unavailable", "metrics-unavailable", "metricsunavailable"])
def test_a_name_is_found_however_it_is_written(name: str) -> None:
    assert find(name, RUNBOOKS).alert == "metrics-unavailable"


def test_an_unknown_name_offers_near_ones() -> None:
    with pytest.raises(UnknownRunbook, match="did you mean error-rate"):
        find("eror_rate", RUNBOOKS)


def test_no_two_pages_have_one_name() -> None:
    names = [name for page in RUNBOOKS for name in (page.alert, *page.also)]
    assert len(names) == len({name.replace("_", "-").lower() for name in names})
