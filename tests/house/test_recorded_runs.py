"""The recorded runs that ship are complete, belong together, and say what the originals say."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parents[2] / "examples" / "recorded_runs"
CONFIGURATIONS = ["goldfinch.yaml", "finetuned.yaml", "toolorchestra.yaml", "airline.yaml"]
CASES = {"tau2_retail": 40, "tau2_telecom": 40, "tau2_retail_toolorchestra": 114, "tau1_airline": 25}
ANSWERS = {"gpt-4.1": (80, 0.65), "gpt-4.1-finetuned": (80, 0.80), "toolorchestra-gpt-5": (114, 96 / 114), "gpt-4o": (100, 0.31)}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def agent_calls(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [call for message in answer["messages"] if message["role"] == "assistant" for call in message.get("tool_calls", [])]


@pytest.mark.parametrize(("name", "count"), CASES.items())
def test_every_golden_case_is_there_under_a_valid_id(name: str, count: int) -> None:
    ids = [case["id"] for case in rows(HERE / "golden" / f"{name}.jsonl")]
    assert len(ids) == len(set(ids)) == count
    assert all(re.fullmatch(r"[A-Za-z0-9][\w.-]{0,127}", identity, re.ASCII) for identity in ids)


@pytest.mark.parametrize(("name", "told"), ANSWERS.items())
def test_every_answer_is_there_with_its_reward(name: str, told: tuple[int, float]) -> None:
    answers = rows(HERE / "answers" / f"{name}.jsonl")
    assert len({(answer["case_id"], answer["trial"]) for answer in answers}) == len(answers) == told[0]
    assert fmean(answer["reported"]["reward"] for answer in answers) == pytest.approx(told[1], abs=1e-12)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_every_case_of_a_configuration_has_an_answer_for_every_trial(configuration: str) -> None:
    settings = yaml.safe_load((HERE / configuration).read_text(encoding="utf-8"))
    datasets = settings["dataset"] if isinstance(settings["dataset"], list) else [settings["dataset"]]
    cases = [case for dataset in datasets for case in rows(HERE / dataset)]
    trials = settings.get("run", {}).get("trials", 1)
    asked = {(case["id"], trial) for case in cases for trial in range(trials)}
    assert {case.get("trials", 1) for case in cases} == {trials}
    assert asked == {(answer["case_id"], answer["trial"]) for answer in rows(HERE / settings["agent"]["path"])}


def test_expected_calls_are_the_agents_own_and_change_something() -> None:
    made_by_users = {
        call["name"] for name in ANSWERS for answer in rows(HERE / "answers" / f"{name}.jsonl")
        for message in answer["messages"] for call in message.get("tool_calls", []) if call.get("by") == "user"
    }  # fmt: skip
    expected = [
        call["name"] for name in CASES for case in rows(HERE / "golden" / f"{name}.jsonl") for call in case["expected"].get("tools", [])
    ]
    assert len(expected) > 100
    assert made_by_users
    assert not made_by_users.intersection(expected)
    assert not [name for name in expected if re.match(r"get_|find_|list_|search_", name)]


def test_every_tool_result_names_its_call() -> None:
    for name in ANSWERS:
        for answer in rows(HERE / "answers" / f"{name}.jsonl"):
            made = [call["id"] for message in answer["messages"] for call in message.get("tool_calls", [])]
            assert made == [message["tool_call_id"] for message in answer["messages"] if message["role"] == "tool"]


def test_a_cost_that_upstream_could_not_price_is_unknown_not_zero() -> None:
    costs = {name: {answer["cost_usd"] for answer in rows(HERE / "answers" / f"{name}.jsonl")} for name in ANSWERS}
    assert costs["gpt-4.1-finetuned"] == costs["gpt-4o"] == costs["toolorchestra-gpt-5"] == {None}
    assert all(cost > 0 for cost in costs["gpt-4.1"])


def test_the_licence_is_shipped_with_the_data() -> None:
    licence = (HERE / "LICENSE-tau-bench").read_text(encoding="utf-8")
    assert "MIT License" in licence
    assert "Sierra" in licence


def test_the_whole_example_stays_small() -> None:
    assert sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file()) < 6_000_000


def test_converting_the_originals_gives_the_files_that_ship(shared_data: Path) -> None:
    specification = importlib.util.spec_from_file_location("convert", HERE / "convert.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    converted = module.convert(shared_data / "agent_runs")
    assert {name: rows(HERE / name) for name in converted} == converted


def test_rewards_and_calls_are_those_of_the_originals(shared_data: Path) -> None:
    originals: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for path in sorted((shared_data / "agent_runs").glob("tau*_*.jsonl")):
        for row in rows(path) if path.name != "tau2_cases.jsonl" else []:
            originals[row["version"]].append((row["reward"], row["n_tool_calls"]))
    for name in ANSWERS:
        shipped = [(answer["reported"]["reward"], len(agent_calls(answer))) for answer in rows(HERE / "answers" / f"{name}.jsonl")]
        assert sorted(shipped) == sorted(originals[name])


@pytest.mark.parametrize(
    ("configuration", "cases", "passed", "reward", "cost_known"),
    [
        ("goldfinch.yaml", 80, 52, 0.65, 80),
        ("finetuned.yaml", 80, 64, 0.80, 0),
        ("toolorchestra.yaml", 114, 96, 96 / 114, 0),
        ("airline.yaml", 25, 31, 0.31, 0),
    ],
)
def test_evaluating_a_configuration_gives_the_rewards_that_upstream_reports(
    tmp_path: Path, configuration: str, cases: int, passed: int, reward: float, cost_known: int
) -> None:
    goldfinch = str(Path(sys.executable).with_name("goldfinch"))
    command = [goldfinch, "evaluate", "--config", str(HERE / configuration), "--output-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    rewards = next(metric for metric in summary["metrics"] if metric["name"] == "reward")
    assert (summary["cases"], summary["passes"]["passed"], summary["passes"]["undecided"]) == (cases, passed, 0)
    assert rewards["estimate"]["mean"] == pytest.approx(reward, abs=1e-12)
    assert (summary["cost"]["known"], summary["cost"]["known"] + summary["cost"]["unknown"]) == (cost_known, summary["finished"])
