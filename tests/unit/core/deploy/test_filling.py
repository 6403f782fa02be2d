"""What stands for a release's own values in commands and variables."""

from __future__ import annotations

import pytest

from goldfinch.core.deploy.filling import command_of, environment_of, filled, variables_of
from goldfinch.core.rollout.failures import DeployFailed

PLACES = {"port": "80", "release": "rel_1", "url": "http://127.0.0.1:80", "folder": "/f"}


def test_only_known_places_are_filled() -> None:
    assert filled('{port} {"a": {b}} {release}{{url}}', PLACES, {}, where="x") == '80 {"a": {b}} rel_1{http://127.0.0.1:80}'


def test_what_a_variable_holds_is_not_looked_into() -> None:
    assert filled("${A}-{port}", PLACES, {"A": "{port}${B}"}, where="x") == "{port}${B}-80"


@pytest.mark.parametrize("environment", [{}, {"A": ""}])
def test_a_variable_that_is_not_set_is_named(environment: dict[str, str]) -> None:
    with pytest.raises(DeployFailed, match=r"deploy\.env\.X: the environment variable A is not set; export A=…"):
        filled("${A}", PLACES, environment, where="deploy.env.X")


def test_a_command_takes_nothing_from_the_environment() -> None:
    assert command_of(["run", "{folder}/x", "$HOME"], PLACES, where="c") == ("run", "/f/x", "$HOME")
    with pytest.raises(DeployFailed, match="shown to every user"):
        command_of(["run", "${A}"], PLACES, where="c")


def test_a_process_gets_what_was_written_and_passed_and_nothing_else() -> None:
    caller = {"PATH": "/bin", "A": "1", "B": "2", "C": "3"}
    assert environment_of({"X": "${C}", "A": "own"}, ["A"], PLACES, caller) == {"PATH": "/bin", "A": "own", "X": "3"}


def test_names_of_variables_are_found() -> None:
    assert variables_of(["${A}{port}", "b", "x${C}y${A}"]) == ["A", "C", "A"]
