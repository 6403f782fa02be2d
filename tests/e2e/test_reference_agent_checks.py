"""The reference agent passes the specification's own command lines (REQUIREMENTS R7 to R18), as printed, in its own environment."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.reference_agent import Project

GROUPS = ("agents", "tools", "memory", "evaluation")
GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "reference-agent.md"
LEAST_COVERAGE = 85.0
"""Per cent of the lines of src, over unit and integration tests together (issue 4)."""


@pytest.mark.parametrize(
    "line",
    [
        "ruff check src/ tests/ --output-format=github",
        "mypy src/ --strict --show-error-codes",
        "bandit -q -r src/",
        "lint-imports --no-cache",
    ],
)
def test_the_agents_code_passes_its_checks(project: Project, line: str) -> None:
    done = project.run(line)
    assert done.returncode == 0, done.stdout + done.stderr


def test_bandit_writes_what_code_scanning_reads(project: Project, tmp_path: Path) -> None:
    sarif = tmp_path / "bandit-results.sarif"
    done = project.run("bandit -r src/ -f sarif -o", str(sarif))
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(sarif.read_text(encoding="utf-8"))["runs"][0]["results"] == []


@pytest.mark.parametrize("group", GROUPS)
def test_the_unit_tests_of_each_group_pass_as_the_specification_runs_them(project: Project, group: str) -> None:
    """R14: every group has tests, they pass, and they measure their package."""
    line = f"pytest tests/unit/{group}/ --cov=src/{group} --cov-report=xml --cov-report=term --junit-xml=junit-{group}.xml -v"
    done = project.run(line, COVERAGE_FILE=f".coverage.{group}", TEST_GROUP=group)
    assert done.returncode == 0, done.stdout + done.stderr
    suite = ET.parse(project.folder / f"junit-{group}.xml").getroot().find("testsuite")
    assert suite is not None
    assert int(suite.get("tests", "0")) > 10
    assert not re.search(r"no data (was )?collected", done.stdout + done.stderr, re.IGNORECASE)


def test_the_integration_tests_pass_and_the_lines_of_src_are_covered(project: Project) -> None:
    """R18 as printed, appended to what all unit tests covered."""
    file = ".coverage.together"
    unit = project.run("pytest tests/unit/ --cov=src --cov-report= -q", COVERAGE_FILE=file)
    assert unit.returncode == 0, unit.stdout + unit.stderr
    integration = project.run("pytest tests/integration/ --cov=src --cov-append --junit-xml=junit-integration.xml -v", COVERAGE_FILE=file)
    assert integration.returncode == 0, integration.stdout + integration.stderr
    total = project.run("coverage report --format=total --precision=1", COVERAGE_FILE=file)
    assert float(total.stdout) >= LEAST_COVERAGE, total.stdout


def test_the_end_to_end_tests_of_the_agent_pass(project: Project) -> None:
    done = project.run("pytest tests/e2e -q")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_tests_are_a_pyramid(project: Project) -> None:
    """R51: 80 % unit, 15 % integration, 5 % end to end; nobody writes tests to a ratio, so the order and the shares' bounds are held."""
    counts = {tier: counted(project, tier) for tier in ("unit", "integration", "e2e")}
    total = sum(counts.values())
    assert counts["unit"] > counts["integration"] > counts["e2e"] > 0, counts
    assert counts["unit"] / total >= 0.75, counts
    assert counts["integration"] / total <= 0.20, counts
    assert counts["e2e"] / total <= 0.10, counts
    told = re.search(r"About ([\d,]+) unit, ([\d,]+) integration and ([\d,]+) end-to-end tests", GUIDE.read_text(encoding="utf-8"))
    assert told
    said = [int(number.replace(",", "")) for number in told.groups()]
    assert said == [pytest.approx(count, rel=0.1, abs=3) for count in counts.values()], f"{GUIDE}: {counts}"


def counted(project: Project, tier: str) -> int:
    done = project.run(f"pytest tests/{tier} --collect-only -q")
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"^(\d+) tests? collected", done.stdout, re.MULTILINE)
    assert found, done.stdout
    return int(found[1])


@pytest.mark.parametrize("extra", ["dev", "test", "evaluation", "benchmark"])
def test_the_package_has_the_extras_that_the_pipeline_installs_and_needs_goldfinch_in_extras_only(project: Project, extra: str) -> None:
    told = project.run("python -c", "import importlib.metadata as m, json; print(json.dumps(m.requires('marketing-agent')))")
    required = [line.replace('"', "'") for line in json.loads(told.stdout)]
    assert [line for line in required if f"extra == '{extra}'" in line]
    assert not [line for line in required if line.startswith("goldfinch") and "extra ==" not in line]
