"""The reference agent as its users meet it: a service that needs no key, a task that is one request, and the demo."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.reference_agent import Project
from tools import demo_output, run_doc_examples

ROOT = Path(__file__).parents[2]


def asked(service: str, description: str, **more: Any) -> dict[str, Any]:
    body = json.dumps({"description": description, "context": {"account": "aurora-outdoor"}, **more}).encode()
    request = Request(f"{service}/v1/tasks", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as response:
        answer: dict[str, Any] = json.load(response)
        assert response.headers["x-release-id"] == answer["release_id"]
    return answer


def test_a_real_task_gets_an_answer_whose_numbers_come_from_the_data(service: str) -> None:
    answer = asked(service, "What was the total ROAS over the whole period?")
    assert answer["success"]
    assert answer["model"] == "rules-1"
    calls = [call["function"]["name"] for message in answer["messages"] for call in message.get("tool_calls", [])]
    assert "compute_kpis" in calls
    roas = next(claim["value"] for claim in answer["claims"] if "ROAS" in claim["label"].upper())
    assert "ROAS" in answer["output"]
    assert f"{roas:.2f}" in answer["output"]
    assert roas == pytest.approx(true_roas(), rel=1e-6)


def true_roas() -> float:
    """Revenue by cost of the account's own table, the ratio of the sums over the rows that report both (docs/data.md)."""
    path = ROOT / "examples" / "marketing_agent" / "data" / "aurora-outdoor" / "daily.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["revenue"] and row["cost"]]
    return sum(float(row["revenue"]) for row in rows) / sum(float(row["cost"]) for row in rows)


def test_a_session_remembers_what_was_said(service: str) -> None:
    first = asked(service, "What was the ROAS last week?")
    second = asked(service, "And the week before?", session_id=first["session_id"])
    assert "ROAS" in second["output"]
    assert second["output"] != first["output"]


def test_over_http_the_same_cases_pass_as_in_process(project: Project, service: str, tmp_path: Path) -> None:
    settings = (project.folder / "goldfinch.yaml").read_text(encoding="utf-8")
    over_http = settings.replace("evaluation.agent:answer", "evaluation.service:answer").replace("{release: good}", f"{{url: '{service}'}}")
    assert over_http.count(service) == 1
    config = tmp_path / "goldfinch.yaml"
    config.write_text(re.sub(r"^(dataset: |  path: )", rf"\1{project.folder}/", over_http, flags=re.MULTILINE), encoding="utf-8")
    runs = {}
    for name, path in (("http", config), ("process", project.folder / "goldfinch.yaml")):
        done = project.run("goldfinch evaluate --config", str(path), "--output-dir", str(tmp_path / name))
        assert done.returncode == 0, done.stdout + done.stderr
        lines = (tmp_path / name / "results.jsonl").read_text(encoding="utf-8").splitlines()
        runs[name] = {record["case_id"]: record["passed"] for record in map(json.loads, lines)}
    assert runs["http"] == runs["process"]


def test_the_demo_evaluates_the_reference_agent_and_writes_its_report(project: Project, tmp_path: Path) -> None:
    """The command of `make demo-evaluate`, with another folder."""
    recipe = re.search(r"^demo-evaluate:.*\n\t(.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert recipe
    line = recipe[1].replace("$(AGENT_VENV)/bin/", "").replace("$(AGENT)", "examples/marketing_agent")
    done = project.run(line.replace("$(DEMO_RUN)", str(tmp_path / "demo")), cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ of \d+ cases passed", done.stdout + done.stderr)
    assert (tmp_path / "demo" / "report.html").stat().st_size > 10_000
    shown = without_times(demo_output.shown_on((ROOT / "README.md").read_text(encoding="utf-8")))
    printed = without_times(run_doc_examples.normal(done.stdout))
    assert re.fullmatch(run_doc_examples.pattern(shown), printed), f"the README shows another output; make demo-output\n{printed}"


def without_times(text: str) -> str:
    """Latencies are of a machine and an hour, in ms or in s."""
    return re.sub(r"\d[\d.,]* m?s\b", "1 s", text)
