from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import goldfinch
from goldfinch.cli.app import main


@pytest.fixture(autouse=True)
def _run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_cases({"c0": "hi", "c1": "Hi there", "c2": "no"})
    run = goldfinch.evaluate("golden.jsonl", "recorded:answers.jsonl", ["exact"], output_dir="run")
    assert run.exit_code == 0


def write_cases(expected: dict[str, str], question: str = "q") -> None:
    lines = [{"id": name, "input": question, "expected": {"answer": answer}} for name, answer in expected.items()]
    Path("golden.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    Path("answers.jsonl").write_text("".join(json.dumps({"case_id": f"c{n}", "text": "hi"}) + "\n" for n in range(3)))


def score(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    sys.argv = ["goldfinch", "score", *arguments]
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_other_scorers_score_the_stored_answers(capsys: pytest.CaptureFixture[str]) -> None:
    outputs = Path("run/outputs.jsonl").read_bytes()
    code, out, err = score("run", "--scorer", "contains", "--scorer", "token_f1", "--output", "json", capsys=capsys)
    assert code == 0
    report = json.loads(out)
    assert [metric["name"] for metric in report["summary"]["metrics"]] == ["contains", "token_f1"]
    assert err == "3 answers scored again\n"
    assert Path("run/outputs.jsonl").read_bytes() == outputs


def test_corrected_expectations_change_the_scores(capsys: pytest.CaptureFixture[str]) -> None:
    write_cases({"c0": "hi", "c1": "hi", "c2": "hi"})
    code, out, err = score("run", "--scorer", "exact", capsys=capsys)
    assert code == 0
    assert "3 of 3 cases passed" in out
    assert err == "3 answers scored again, 2 of them against edited expectations\n"


def test_a_changed_question_is_refused_and_the_old_scores_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("run/results.jsonl").read_bytes()
    write_cases({"c0": "hi", "c1": "hi", "c2": "hi"}, question="another question")
    code, out, err = score("run", "--scorer", "exact", capsys=capsys)
    assert (code, out) == (2, "")
    assert err.startswith("error E1291: case c0: ")
    assert Path("run/results.jsonl").read_bytes() == before


def test_an_incomplete_run_ends_with_three(capsys: pytest.CaptureFixture[str]) -> None:
    Path("answers.jsonl").write_text(json.dumps({"case_id": "c0", "text": "hi"}) + "\n")
    assert goldfinch.evaluate("golden.jsonl", "recorded:answers.jsonl", ["exact"], output_dir="part").exit_code == 3
    code, out, _ = score("part", "--scorer", "exact", capsys=capsys)
    assert code == 3
    assert "incomplete" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere"], "error E1501: nowhere: no manifest.json here"),
        (["run", "--scorer", "exakt"], "error E1701: "),
        (["run", "--dataset", "nowhere.jsonl"], "nowhere.jsonl: does not exist"),
    ],
)
def test_a_wrong_input_is_one_line_and_exit_two(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = score(*arguments, capsys=capsys)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert not Path("nowhere").exists()


def test_a_run_whose_dataset_was_in_memory_asks_for_a_dataset(capsys: pytest.CaptureFixture[str]) -> None:
    case = goldfinch.Case("c0", "q", expected=goldfinch.Expected(answer="hi"))
    goldfinch.evaluate([case], "recorded:answers.jsonl", ["exact"], output_dir="memory")
    code, _, err = score("memory", capsys=capsys)
    assert code == 2
    assert "--dataset" in err
