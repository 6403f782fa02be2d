"""A controller killed with SIGKILL at every named moment of a rollout, and another process that goes on: as if nothing had happened.

The moments are before and after every write, command, lease and reading. "After commit 7" is between write and act. Same end, same
decisions with every figure of every check, same audit, same requests to the router and the deployer.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from tests.rollout_process import CANARY, prepare, stores

ROOT = Path(__file__).parents[2]
LONG_ENOUGH_S = 600


def run(folder: Path) -> int:
    """Processes one after the other until the rollout has ended; how many were killed."""
    command = [sys.executable, "-m", "tests.rollout_process", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("ab") as log:
        ended = subprocess.run(command, cwd=ROOT, stderr=log, timeout=LONG_ENOUGH_S, env=environment, check=False)
    assert ended.returncode == 0, (folder / "log").read_text()[-3000:]
    return int((folder / "kills").read_text())


def outcome(folder: Path, url: str) -> dict[str, Any]:
    """Everything that can be told of a rollout afterwards."""
    router, deployer = (load(folder / name) for name in ("router", "deployer"))
    with stores(folder, url) as (store, ledger, audit):
        written = {
            "row": replace(store.get("ro_1"), lease=None),
            "decisions": store.decisions("ro_1"),
            "audit": [entry.draft for entry in audit.entries()],
            "denial": ledger.denial(CANARY.id),
        }
    return {
        **written,
        "routes": router["requests"],
        "deployed": deployer["done"],
        "stable": deployer["stable"],
    }


def load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = pickle.loads(path.read_bytes())
    return loaded


def same_but_for_times(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Of runs in which a new process waits for the lease of the one that was killed."""
    assert [without_times(decision) for decision in one["decisions"]] == [without_times(decision) for decision in other["decisions"]]
    lines = [[(draft.actor, draft.action, draft.subject, draft.detail) for draft in run["audit"]] for run in (one, other)]
    assert lines[0] == lines[1]
    assert one["row"].state.phase == other["row"].state.phase
    routes = [[(route.percent, route.sessions, route.second_path) for route in run["routes"]] for run in (one, other)]
    assert routes[0] == routes[1]
    assert one["deployed"] == other["deployed"]


def without_times(decision: Any) -> dict[str, Any]:
    told = asdict(decision)
    told.pop("at")
    if told["assessment"]:
        told["assessment"].pop("at")
    return told


def compare(tmp_path: Path, url: list[str], **scenario: Any) -> int:
    """Run undisturbed and killed again and again; how many kills there were."""
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    first, second = url
    prepare(undisturbed, {**scenario, "kills": 0, "url": first})
    assert run(undisturbed) == 0
    prepare(killed, {"kills": 1000, **scenario, "url": second})
    kills = run(killed)
    if scenario.get("new_owner"):
        same_but_for_times(outcome(killed, second), outcome(undisturbed, first))
    else:
        expected, found = outcome(undisturbed, first), outcome(killed, second)
        for name, value in expected.items():
            assert found[name] == value, name
    return kills


SQLITE = ["sqlite:///store.db", "sqlite:///store.db"]


def test_a_bad_rollout_killed_twenty_times_ends_as_if_nobody_had_been_killed(tmp_path: Path) -> None:
    assert compare(tmp_path, SQLITE, canary="bad", kills=20) == 20
    assert (tmp_path / "killed" / "killed").read_text().count("commit") >= 8


@pytest.mark.long
@pytest.mark.parametrize(("canary", "at_least"), [("good", 90), ("bad", 40), ("slow", 40)])
def test_killed_at_every_moment(tmp_path: Path, canary: str, at_least: int) -> None:
    kills = compare(tmp_path, SQLITE, canary=canary)
    print(f"{canary}: {kills} kills")
    assert kills >= at_least


@pytest.mark.long
def test_killed_at_every_moment_and_gone_on_by_another_process_that_waits_for_the_lease(tmp_path: Path) -> None:
    assert compare(tmp_path, SQLITE, canary="bad", new_owner=True) >= 30


@pytest.mark.long
def test_killed_at_every_moment_of_a_rollback_that_fails_at_first(tmp_path: Path) -> None:
    """Which tries failed is not remembered over a kill; that the canary ends without traffic is."""
    folder = tmp_path / "stuck"
    prepare(folder, {"url": SQLITE[0], "canary": "bad", "stuck": True, "kills": 1000})
    assert run(folder) >= 40
    found = outcome(folder, SQLITE[0])
    assert found["row"].state.phase == "RolledBack"
    assert "RollbackFailed" in [decision.to_phase for decision in found["decisions"]]
    assert [(route.percent, route.second_path) for route in found["routes"]] == [(10, False), (0, True)]
    assert found["denial"] is not None


@pytest.mark.long
def test_killed_at_every_moment_on_postgresql(tmp_path: Path, postgres: str) -> None:
    from tests.postgres_server import fresh_database

    with fresh_database(postgres) as first, fresh_database(postgres) as second:
        assert compare(tmp_path, [first, second], canary="bad") >= 40
