"""Rollouts of the reference agent under the plan for rehearsals: real Envoy, real release processes, generated multi-turn traffic.

In `make test-long`; the normal tier has the same of one good release and one bad one in `test_canary_demo.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reference_agent import Project

FAULTS = {"slow": "p95_latency", "crashy": "error_rate", "flaky-tool": "tool_errors", "forgetful": "probe_score"}
"""What has to send each bad release back."""


def rehearsed(project: Project, tmp_path: Path, *names: str) -> dict[str, dict[str, Any]]:
    told = tmp_path / "rehearsal.json"
    done = project.run("python scripts/rehearse.py", *names, "--folder", str(tmp_path / "agent"), "--json", str(told))
    assert told.exists(), done.stdout + done.stderr
    return {row["release"]: row for row in json.loads(told.read_text(encoding="utf-8"))}


def assert_promoted(row: dict[str, Any]) -> None:
    assert (row["phase"], row["exit_code"]) == ("Succeeded", 0), row["cause"]
    assert row["failed"] == 0


def assert_rolled_back(row: dict[str, Any], metric: str) -> None:
    assert (row["phase"], row["exit_code"]) == ("RolledBack", 5), row["cause"]
    assert metric in row["cause"]
    assert row["overview"]["rollout"]["state"]["verified_weight_percent"] == 0
    assert row["overview"]["blind_to"]


@pytest.mark.long
def test_a_good_release_is_promoted_and_a_forgetful_one_is_rolled_back_by_its_probes(project: Project, tmp_path: Path) -> None:
    rows = rehearsed(project, tmp_path, "good-again", "forgetful")
    assert_promoted(rows["good-again"])
    assert_rolled_back(rows["forgetful"], "probe_score")
    assert rows["forgetful"]["failed"] == 0


@pytest.mark.long
def test_every_bad_release_goes_back_by_itself_for_the_reason_of_its_fault(project: Project, tmp_path: Path) -> None:
    rows = rehearsed(project, tmp_path, *FAULTS)
    for name, metric in FAULTS.items():
        assert_rolled_back(rows[name], metric)
