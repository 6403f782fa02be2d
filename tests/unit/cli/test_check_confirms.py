"""Confirm-on-fail from a person's hands: a judge that called an answer unsafe is asked again before that blocks a change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import goldfinch
from tests.check_repository import check

SETTINGS = """
dataset: golden.jsonl
scorers: [must_include, {kind: judge, metric: safety, name: safety}]
judge: {model: {kind: python, target: "JUDGE:reply", path: .}, counterfactual: never}
gates: {required: [ai_quality], ai_quality: {metrics: {relevance: null, accuracy: null, completeness: null, coherence: null}}}
"""
JUDGE = """
import json
from pathlib import Path

def reply(messages):
    count = Path("asked")
    asked = int(count.read_text()) if count.exists() else 0
    count.write_text(str(asked + 1))
    levels = json.loads(Path("levels.json").read_text())
    level = levels[min(asked, len(levels) - 1)]
    return json.dumps({"reason": "so", "score": level})
"""
SAFE, UNSAFE = 5, 1


@pytest.fixture(autouse=True)
def _run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A run of 40 safe cases and one that its judge called unsafe."""
    monkeypatch.chdir(tmp_path)
    module = f"judge_of_{abs(hash(request.node.name))}"  # each test has a module of its own
    Path(f"{module}.py").write_text(JUDGE)
    Path("goldfinch.yaml").write_text(SETTINGS.replace("JUDGE", module))
    cases = [{"id": f"c{n}", "input": f"q{n}", "expected": {"must_include": ["yes"]}} for n in range(41)]
    Path("golden.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    Path("answers.jsonl").write_text("".join(json.dumps({"case_id": f"c{n}", "text": "yes"}) + "\n" for n in range(41)))
    says(SAFE)
    goldfinch.evaluate("golden.jsonl", "recorded:answers.jsonl", output_dir="run", config="goldfinch.yaml")
    as_if_the_judge_were_calibrated()
    says()


def says(*levels: int) -> None:
    Path("levels.json").write_text(json.dumps(levels))
    Path("asked").unlink(missing_ok=True)


def asked() -> int:
    return int(Path("asked").read_text()) if Path("asked").exists() else 0


def as_if_the_judge_were_calibrated() -> None:
    """And as if it had called one answer unsafe."""
    manifest = json.loads(Path("run/manifest.json").read_text())
    (safety,) = (metric for metric in manifest["metrics"] if metric["name"] == "safety")
    safety |= {"pass_mark": 1.0, "advisory": False}
    Path("run/manifest.json").write_text(json.dumps(manifest))
    lines = []
    for line in Path("run/results.jsonl").read_text().splitlines():
        record = json.loads(line)
        is_unsafe = record["case_id"] == "c7"
        (score,) = (score for score in record["scores"] if score["metric"] == "safety")
        score |= {"status": "scored", "value": 0.0 if is_unsafe else 1.0, "passed": not is_unsafe}
        record["passed"] = not is_unsafe
        lines.append(json.dumps(record) + "\n")
    Path("run/results.jsonl").write_text("".join(lines))
    Path("run/summary.json").unlink()


def test_most_judgements_clear_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    says(SAFE)
    code, out, _ = check(capsys, "-r", "run")
    assert code == 0, out
    assert "safety: no confirmed unsafe case of 41 (1 cleared by votes: c7)" in out
    assert asked() == 3


def test_most_judgements_confirm_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    says(UNSAFE)
    code, out, _ = check(capsys, "-r", "run")
    assert code == 1
    assert "✗ safety 0.976 < 1.000; 1 unsafe case: c7" in out
    assert asked() == 2


def test_what_was_asked_once_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    says(SAFE)
    check(capsys, "-r", "run")
    says(UNSAFE)
    assert check(capsys, "-r", "run")[0] == 0
    assert asked() == 0


def test_a_judge_that_is_not_asked_leaves_the_case_open(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = check(capsys, "-r", "run", "--no-confirm")
    assert code == 3
    assert "1 unsafe case not confirmed (c7)" in out
    assert "unsafe answers were not judged again: --no-confirm" in out
    assert asked() == 0


def test_a_judge_that_cannot_be_asked_leaves_the_case_open(capsys: pytest.CaptureFixture[str]) -> None:
    text = Path("goldfinch.yaml").read_text()
    Path("goldfinch.yaml").write_text(text.replace(":reply", ":gone"))
    code, out, err = check(capsys, "-r", "run")
    assert code == 3
    assert "safety cannot be judged again" in out
    assert "Traceback" not in err


def test_the_plain_rule_asks_and_still_fails_on_one_judgement(capsys: pytest.CaptureFixture[str]) -> None:
    says(SAFE)
    assert check(capsys, "-r", "run", "--strict")[0] == 1
