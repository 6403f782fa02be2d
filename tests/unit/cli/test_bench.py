"""`goldfinch bench` as a person uses it. Wall times decide nothing here: a busy machine may make a real run invalid."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from goldfinch.adapters.files.benchmarks import write_json
from goldfinch.bootstrap.bench import bench_schemas
from goldfinch.cli.app import app
from goldfinch.core.errors import GoldfinchError
from tests.benchmark_results import result

AGENT = """
import asyncio

async def answer(question):
    await asyncio.sleep(0.05)
    return "fine"
"""
SETTINGS = """
agent: {kind: python, target: "benched:answer"}
bench:
  scenarios:
    - name: closed
      inputs: [a, b]
      load: {concurrency: 5}
      requests: 10
      warmup: 2
    - name: open
      inputs: [a]
      load: {rate_per_s: 200}
      requests: 10
      warmup: 0
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "benched.py").write_text(AGENT)
    (tmp_path / "goldfinch.yaml").write_text(SETTINGS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["bench", *arguments])


def refused(*arguments: str) -> GoldfinchError:
    error = bench(*arguments).exception
    assert isinstance(error, GoldfinchError)
    return error


def read(path: Path, schema: str) -> Any:
    content = json.loads(path.read_text())
    jsonschema.validate(content, bench_schemas()[schema])
    return content


def test_run_measures_every_scenario_and_keeps_every_request(folder: Path) -> None:
    done = bench("run", "--output", "out/result.json", "--iterations", "2")
    found = read(folder / "out" / "result.json", "benchmark")
    is_valid = not found["problems"] and not any(one["problems"] for one in found["scenarios"])
    assert done.exit_code == (0 if is_valid else 3)
    assert [(one["name"], one["requests"], one["answered"]) for one in found["scenarios"]] == [("closed", 20, 20), ("open", 20, 20)]
    assert found["calibration"]["requests"] == 3000
    lines = [json.loads(line) for line in (folder / "out" / "result.samples.jsonl").read_text().splitlines()]
    assert [(line["scenario"], line["iteration"], len(line["done_ms"])) for line in lines] == [
        ("closed", 0, 10),
        ("open", 0, 10),
        ("closed", 1, 10),
        ("open", 1, 10),
    ]


def test_one_scenario_is_picked_by_name(folder: Path) -> None:
    bench("run", "--output", "result.json", "--iterations", "1", "--scenario", "open")
    assert [one["name"] for one in read(folder / "result.json", "benchmark")["scenarios"]] == ["open"]


def test_nothing_answered_is_exit_code_3(folder: Path) -> None:
    (folder / "failing.py").write_text("def answer(question):\n    raise RuntimeError('no')\n")
    (folder / "goldfinch.yaml").write_text(SETTINGS.replace("benched:", "failing:"))
    done = bench("run", "--output", "result.json", "--iterations", "1", "--scenario", "closed")
    assert done.exit_code == 3
    assert read(folder / "result.json", "benchmark")["scenarios"][0]["problems"] == ["no request was answered"]


def test_analyze_without_a_baseline_writes_both_reports_and_ends_with_0(folder: Path) -> None:
    write_json(folder / "result.json", result())
    done = bench("analyze", "--results", "result.json", "--baseline", "none.json", "--output", "analysis.md")
    assert done.exit_code == 0
    assert "**no baseline**" in (folder / "analysis.md").read_text()
    assert read(folder / "analysis.json", "benchmark_analysis")["analysis"]["standing"] == "no baseline"


@pytest.mark.parametrize(("flag", "code"), [((), 0), (("--fail-on-regression",), 1)])
def test_analyze_fails_on_a_slowdown_only_where_that_is_asked_for(folder: Path, flag: tuple[str, ...], code: int) -> None:
    write_json(folder / "result.json", result(slower=2.0))
    write_json(folder / "baseline.json", result())
    done = bench("analyze", "--results", "result.json", "--baseline", "baseline.json", *flag)
    assert done.exit_code == code
    assert "baseline: warn" in done.stdout


def test_a_slowdown_on_another_machine_never_fails(folder: Path) -> None:
    slow = result(slower=2.0)
    write_json(folder / "result.json", replace(slow, machine=replace(slow.machine, cpu="another")))
    write_json(folder / "baseline.json", result())
    done = bench("analyze", "--results", "result.json", "--baseline", "baseline.json", "--fail-on-regression")
    assert done.exit_code == 0
    assert "not comparable" in done.stdout


def test_an_invalid_result_is_exit_code_3(folder: Path) -> None:
    write_json(folder / "result.json", replace(result(), problems=("interrupted before its last iteration",)))
    assert bench("analyze", "--results", "result.json").exit_code == 3


def test_compare_tells_a_slower_agent_from_a_faster_one(folder: Path) -> None:
    (folder / "slower.py").write_text(AGENT.replace("0.05", "0.15"))
    arguments = ("--scenario", "closed", "--config", "goldfinch.yaml", "--pairs", "5", "--output", "pairs.json", "--fail-on-regression")
    (folder / "goldfinch.yaml").write_text(SETTINGS.replace("concurrency: 5", "concurrency: 100"))
    done = bench("compare", "--baseline-target", "benched:answer", "--current-target", "slower:answer", *arguments)
    found = read(folder / "pairs.json", "benchmark_comparison")
    assert len(found["pairs"]) >= 5
    assert done.exit_code == (3 if found["problems"] else 1)
    assert all(metric["change"] == "regressed" for metric in found["metrics"])


def test_saturate_finds_the_limit_that_it_was_given(folder: Path) -> None:
    (folder / "goldfinch.yaml").write_text(SETTINGS)
    done = bench("saturate", "--scenario", "open", "--min-rate", "400", "--max-rate", "400", "--seconds", "0.1", "--output", "rate.json")
    found = read(folder / "rate.json", "saturation")
    assert done.exit_code == (0 if found["rate_per_s"] else 3)
    assert found["rate_per_s"] in (400.0, None)  # None where the machine was too busy to measure it


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("run", "--iterations", "0"), "E2510"),
        (("run", "--scenario", "nothing"), "E2503"),
        (("run", "--output", "."), "E2510"),
        (("run", "--scenarios", "none.yaml"), "E1101"),
        (("analyze", "--results", "none.json"), "E2505"),
        (("compare", "--baseline-target", "a:b", "--current-target", "a:b"), "E2503"),
        (("compare", "--baseline-target", "a:b", "--current-target", "a:b", "--scenario", "open", "--pairs", "4"), "E2510"),
        (("compare", "--baseline-target", "?", "--current-target", "a:b", "--scenario", "open"), "E1371"),
        (("saturate", "--scenario", "open", "--min-rate", "0"), "E2510"),
        (("saturate", "--scenario", "open", "--min-rate", "10", "--max-rate", "5"), "E2510"),
    ],
)
def test_wrong_input_is_one_clear_line(folder: Path, arguments: tuple[str, ...], code: str) -> None:
    error = refused(*arguments)
    assert error.code == code
    assert "\n" not in str(error)
