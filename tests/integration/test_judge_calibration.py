"""A judge behind an OpenAI-compatible API, calibrated over real HTTP: both orders, repeats, cost, budget, and nothing paid for twice."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from goldfinch.adapters.files.calibration import read_calibration
from goldfinch.bootstrap.evaluation import SilentProgress
from goldfinch.bootstrap.live_calibration import LiveRequest, calibrate_live
from goldfinch.cli.judge import app
from goldfinch.core.calibration.record import CalibrationRecord
from goldfinch.core.errors import BudgetExhausted
from goldfinch.operations.ask_judge import Repeats
from goldfinch.operations.calibrate import CalibrationPlan
from goldfinch.testing.openai_stub import Answered, OpenAIStub, last_user_text

RIGHT, WRONG = "It takes 14 days.", "Please call us."
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
_PAIR = re.compile(r"<<<BEGIN answer A (\w+)>>>\n(.*?)\n<<<END answer A \1>>>", re.DOTALL)


def fair(request: dict[str, Any], number: int) -> Answered:
    """Prefers the answer that says how long."""
    shown = _PAIR.search("\n".join(str(message["content"]) for message in request["messages"]))
    assert shown is not None
    return Answered(json.dumps({"reason": "says how long", "better": "A" if shown[2] == RIGHT else "B"}), usage=USAGE)


def hasty(request: dict[str, Any], number: int) -> Answered:
    """Always prefers the first."""
    return Answered(json.dumps({"reason": "first", "better": "A"}), usage=USAGE)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.jsonl"
    lines = [
        {"id": f"i{n}", "input": f"How long does refund {n} take?", "preferred": "ab"[n % 2]}
        | ({"answer_a": RIGHT, "answer_b": WRONG} if n % 2 == 0 else {"answer_a": WRONG, "answer_b": RIGHT})
        for n in range(100)
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def request_for(labels: Path, stub: OpenAIStub, **more: Any) -> LiveRequest:
    model = {"kind": "openai", "model": "m", "base_url": stub.base_url, "api_key": "sk-canary-12345678"}
    settings = {"judge": {"model": model}, "prices": {"m": {"input_per_mtok": 1, "output_per_mtok": 10}}}
    config = labels.with_name("goldfinch.yaml")
    config.write_text(json.dumps(settings))
    return LiveRequest(labels, CalibrationPlan(metric="relevance"), labels.with_name("replies"), config=config, **more)


async def calibrated(request: LiveRequest) -> CalibrationRecord:
    return await asyncio.to_thread(calibrate_live, request, SilentProgress())


async def test_a_fair_judge_may_gate_comparisons_and_a_second_command_asks_nothing(labels: Path) -> None:
    stub = OpenAIStub(fair)
    async with stub.serve():
        first = await calibrated(request_for(labels, stub))
        asked = stub.requests
        again = await calibrated(request_for(labels, stub))
    assert first.may_gate, first.reasons
    assert asked == 100 * 2 + 40 * 2 * 2
    assert stub.requests == asked
    assert (again.figures, again.cost) == (first.figures, first.cost)
    assert first.cost is not None
    assert (first.cost.calls, first.cost.unknown_calls) == (asked, 0)
    assert first.cost.usd == pytest.approx(asked * 0.002)
    assert first.figures.position_consistency is not None
    assert (first.figures.position_consistency.value, first.figures.position_consistency.count) == (1.0, 100)
    assert (first.figures.repeat_flip_rate.value, first.figures.repeat_flip_rate.count) == (0.0, 40)
    assert all("verdict" in json.dumps(body["response_format"]) and last_user_text(body) for body in stub.seen)


async def test_a_judge_that_takes_the_first_answer_does_not(labels: Path) -> None:
    stub = OpenAIStub(hasty)
    async with stub.serve():
        found = await calibrated(request_for(labels, stub, repeats=Repeats(times=2, items=30)))
    assert not found.may_gate
    assert "position consistency is 0.000 of 100 pairs, below 0.85" in found.reasons


async def test_the_budget_holds_and_a_larger_one_goes_on_where_it_stopped(labels: Path) -> None:
    stub = OpenAIStub(fair)
    async with stub.serve():
        with pytest.raises(BudgetExhausted):
            await calibrated(request_for(labels, stub, budget_usd=0.1))
        first = stub.requests
        found = await calibrated(request_for(labels, stub, budget_usd=5.0))
    assert first <= 51
    assert stub.requests == 360
    assert found.cost is not None
    assert found.cost.usd == pytest.approx(0.72)


async def test_the_key_reaches_no_file(labels: Path) -> None:
    stub = OpenAIStub(lambda request, number: Answered(json.dumps({"reason": "sk-canary-12345678", "better": "A"}), usage=USAGE))
    async with stub.serve():
        await calibrated(request_for(labels, stub))
    kept = [path for path in labels.with_name("replies").rglob("*") if path.is_file()]
    assert kept
    assert not any(b"sk-canary" in path.read_bytes() for path in kept)


JUDGE = """
import json

def judge(messages):
    told = " ".join(message["content"] for message in messages)
    score = 5 if "14 days" in told and "counter" not in told else 1
    return json.dumps({"reason": "says how long", "score": score})
"""


def test_a_key_in_the_name_of_a_judge_reaches_neither_file_nor_terminal(labels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "planted-secret-991122")
    named = "subprocess:judge.py --key sk-proj-Zq81hVn3kfT0wLs9bXd2 --password planted-secret-991122"
    lines = [{"id": f"i{n}", "judge": named, "judge_version": named, "verdict": "a"} for n in range(3)]
    (labels.parent / "judged.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    to, report = labels.parent / "out.json", labels.parent / "out.md"
    arguments = ["calibrate", "--labels", str(labels), "--judgements", str(labels.parent / "judged.jsonl"), "--metric", "relevance"]
    done = CliRunner().invoke(app, [*arguments, "--to", str(to), "--report", str(report)])
    assert done.exit_code == 3, done.output
    everything = done.output + to.read_text() + report.read_text()
    assert "[redacted]" in everything
    assert "planted-secret" not in everything
    assert "sk-proj" not in everything


def test_the_command_asks_a_judge_in_python_and_says_what_is_not_known_about_its_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("judge_of_refunds.py").write_text(JUDGE)
    Path("goldfinch.yaml").write_text("judge: {counterfactual: never}\n")
    lines = [
        {"id": f"i{n}", "input": f"How long does refund {n} take?", "answer": RIGHT if n % 2 == 0 else WRONG, "label": n % 2 == 0}
        for n in range(110)
    ]
    Path("labels.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    arguments = ["--labels", "labels.jsonl", "--judge", "judge_of_refunds:judge", "--metric", "relevance", "--to", "c.json"]
    done = CliRunner().invoke(app, ["calibrate", *arguments, "--repeats", "2", "--repeat-items", "30", "--require-gate"])
    assert done.exit_code == 0, done.output
    assert "asking the judge took 140 calls; their price is not known" in done.stdout
    record = read_calibration("c.json")
    assert (record.judge, record.metric, record.may_gate) == ("judge_of_refunds:judge", "relevance", True)
    assert record.judge_version.startswith("judge-")
    assert Path("c.json.replies/judge.jsonl").exists()
