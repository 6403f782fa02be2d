"""`goldfinch dataset import` on files that the real tools made (tests/data/importing/README.md), up to the evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from goldfinch import evaluate
from goldfinch.cli.app import app, report_error
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.importing import codes
from goldfinch.core.importing.recognition import IMPORTERS
from goldfinch.settings import ScorerSettings

TOOLS = {
    "promptfoo": (["promptfoo/promptfooconfig.yaml"], ["promptfoo/results.json"], ["promptfoo/more_tests.csv"]),
    "openai-evals": (
        ["openai_evals/samples.jsonl"],
        ["openai_evals/samples.jsonl", "openai_evals/shop.yaml"],
        ["openai_evals/eval.json", "openai_evals/items.jsonl"],
        ["openai_evals/eval.json", "openai_evals/run.json"],
        ["openai_evals/eval.json", "openai_evals/output_items.json"],
    ),
    "langsmith": (["langsmith/examples.jsonl"], ["langsmith/examples.csv"]),
    "langfuse": (["langfuse/page.json"], ["langfuse/export.csv"]),
    "inspect": (["inspect/support.eval"], ["inspect/support.json"], ["inspect/quiz.json"]),
}
FILES = [pytest.param(tool, files, id="+".join(files)) for tool, sets in TOOLS.items() for files in sets]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def data(root: Path) -> Path:
    return root / "tests" / "data" / "importing"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["dataset", *map(str, arguments)])


def refused(result: Result, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr of a command that ended with 2."""
    assert isinstance(result.exception, GoldfinchError), result.exception
    assert report_error(result.exception) == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    return line


def cases(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def scorers_of(done: Result) -> list[ScorerSettings] | None:
    """The scorers that the command said are needed; None, the defaults, where it said none."""
    return [ScorerSettings(**scorer) for scorer in json.loads(done.stdout)["scorers"]] or None


def test_every_importer_is_tried_on_files_of_its_tool() -> None:
    assert TOOLS.keys() == IMPORTERS.keys()


@pytest.mark.parametrize(("tool", "files"), FILES)
def test_what_a_tool_wrote_is_recognised_valid_and_can_be_evaluated(tool: str, files: list[str], data: Path) -> None:
    done = run("import", *(data / file for file in files), "--to", "golden", "--output", "json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["tool"], said["recognised"], said["written"]) == (tool, True, True)
    assert run("validate", "golden").exit_code == 0
    evaluation = evaluate("golden", lambda question: "Yes.", scorers_of(done), output_dir="run")
    assert len(list(evaluation.scores())) == said["cases"]
    assert evaluation.complete


def test_the_config_and_the_results_of_promptfoo_give_the_same_cases(data: Path) -> None:
    """So the prompts that are rendered here are those that promptfoo rendered, to the letter."""
    run("import", data / "promptfoo/promptfooconfig.yaml", "--to", "a.jsonl")
    run("import", data / "promptfoo/results.json", "--to", "b.jsonl")
    ours, theirs = cases(Path("a.jsonl")), cases(Path("b.jsonl"))
    for key in ("id", "input", "expected", "tags"):
        assert [case.get(key) for case in ours] == [case.get(key) for case in theirs]
    assert len(ours) == 11


def test_recorded_answers_of_promptfoo_pass_and_fail_as_promptfoo_said(data: Path) -> None:
    done = run("import", data / "promptfoo/results.json", "--to", "golden", "--answers", "answers.jsonl", "--output", "json")
    evaluation = evaluate("golden", "recorded:answers.jsonl", scorers_of(done), output_dir="run")
    ours = {record.case_id: record.passed for record in evaluation.scores()}
    results = json.loads((data / "promptfoo/results.json").read_text())["results"]["results"]
    theirs = dict(zip([case["id"] for case in cases(Path("golden/results.jsonl"))], [row["success"] for row in results], strict=True))
    assert ours == theirs
    assert list(ours.values()).count(False) == 3


def test_recorded_answers_of_inspect_pass_and_fail_as_inspect_said(data: Path) -> None:
    done = run("import", data / "inspect/support.eval", "--to", "golden", "--answers", "answers.jsonl", "--output", "json")
    evaluation = evaluate("golden", "recorded:answers.jsonl", scorers_of(done), trials=2, output_dir="run")
    ours = {(record.case_id, record.trial): record.passed for record in evaluation.scores()}
    theirs = {(line["case_id"], line["trial"]): line["reported"]["includes"] == 1 for line in cases(Path("answers.jsonl"))}
    assert ours == theirs
    assert set(ours.values()) == {True, False}


def test_the_trajectory_of_inspect_comes_with_the_answer(data: Path) -> None:
    run("import", data / "inspect/support.eval", "--to", "golden", "--answers", "answers.jsonl")
    line = next(line for line in cases(Path("answers.jsonl")) if line["case_id"] == "order-1042")
    assert line["messages"][2]["tool_calls"][0]["function"]["name"] == "order_status"
    assert (line["input_tokens"], line["output_tokens"], line["model"], line["finish_reason"]) == (40, 10, "mockllm/model", "stop")


def test_both_formats_of_an_inspect_log_give_the_same_cases(data: Path) -> None:
    for name in ("eval", "json"):
        run("import", data / f"inspect/support.{name}", "--to", f"{name}.jsonl")
    ours, theirs = ([{**case, "metadata": None} for case in cases(Path(f"{name}.jsonl"))] for name in ("eval", "json"))
    assert ours == theirs


def test_the_text_says_what_was_left_out_changed_and_needed(data: Path) -> None:
    done = run("import", data / "promptfoo/results.json", "--from", "promptfoo", "--to", "g.jsonl")
    lines = done.stdout.splitlines()
    assert lines[0] == f"{data / 'promptfoo/results.json'}: promptfoo"
    assert lines[1:3] == [
        "left out:",
        "  2 x javascript not carried over: results.results[3].assert[2], results.results[5].assert[1]",
    ]
    assert "g.jsonl: 11 cases" in lines
    assert "The cases need these scorers in goldfinch.yaml:" in lines
    assert "- kind: must_not_include" in lines


def test_a_dry_run_writes_nothing(data: Path) -> None:
    done = run("import", data / "inspect/quiz.json", "--answers", "a.jsonl", "--dry-run")
    assert "would write golden/quiz.jsonl: 2 cases" in done.stdout
    assert "would write a.jsonl: 2 answers" in done.stdout
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("existing", ["golden/quiz.jsonl", "a.jsonl"])
def test_nothing_is_overwritten_without_force(data: Path, existing: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("golden").mkdir()
    Path(existing).write_text('{"id": "old", "input": "q"}\n')
    command = ("import", data / "inspect/quiz.json", "--answers", "a.jsonl")
    assert "E1222" in refused(run(*command), capsys)
    assert [path.as_posix() for path in sorted(Path().rglob("*.jsonl"))] == [existing]
    assert run(*command, "--force").exit_code == 0
    assert "old" not in Path(existing).read_text()


def test_ids_that_the_folder_holds_already_are_refused(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("golden").mkdir()
    Path("golden/mine.jsonl").write_text('{"id": "part", "input": "q"}\n')
    assert codes.IDS_TAKEN in refused(run("import", data / "inspect/quiz.json"), capsys)
    assert not Path("golden/quiz.jsonl").exists()


def test_importing_again_with_force_is_no_conflict_with_itself(data: Path) -> None:
    for _ in range(2):
        assert run("import", data / "inspect/quiz.json", "--force").exit_code == 0


@pytest.mark.parametrize(
    ("content", "arguments", "code"),
    [
        ('{"input": "q"}', (), codes.UNKNOWN_FORMAT),
        ('{"input": "q", "ideal": "a", "expectedOutput": "b"}', (), codes.SEVERAL_FORMATS),
        ('{"input": "q"}', ("--from", "langsmith"), codes.NOT_OF_FORMAT),
        ("", ("--from", "langsmith"), codes.NO_CASES),
        ('{"id": "1", "status": "ARCHIVED", "input": "q", "expectedOutput": "a"}', (), codes.NO_CASES),
        ('{"inputs": {"q": "x"}, "outputs": {}}', ("--answers", "a.jsonl"), codes.NO_ANSWERS),
        ('{"inputs": {"q": "x"}, "metadata": {"n": ' + "9" * 400 + "}}", (), "E1207"),
        ('{"vars": ' + '{"n": ' * 62 + "1" + "}" * 62 + "}", (), codes.INVALID_CASES),
        ("{", (), "E1206"),
    ],
)
def test_a_file_that_cannot_be_imported_is_one_clear_line(
    content: str, arguments: tuple[str, ...], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.jsonl" if "a.jsonl" not in arguments else "in.jsonl").write_text(content + "\n")
    done = run("import", "in.jsonl" if "a.jsonl" in arguments else "a.jsonl", *arguments)
    assert code in refused(done, capsys)
    assert not Path("golden").exists()


def test_files_of_different_tools_are_refused_together(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(run("import", data / "inspect/quiz.json", data / "langfuse/page.json"), capsys)
    assert codes.SEVERAL_FORMATS in line
    assert "import each by itself" in line


def test_answers_of_several_models_ask_whose(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = json.loads((data / "inspect/quiz.json").read_text())
    log["eval"]["model"] = "other/model"
    Path("other.json").write_text(json.dumps(log))
    command = ("import", data / "inspect/quiz.json", "other.json", "--answers", "a.jsonl")
    line = refused(run(*command), capsys)
    assert codes.SEVERAL_MODELS in line
    assert "mockllm/model, other/model" in line
    done = run(*command, "--model", "other/model", "--output", "json")
    assert (json.loads(done.stdout)["cases"], json.loads(done.stdout)["answers"]["count"]) == (2, 2)


def test_no_secret_of_an_answer_reaches_the_file() -> None:
    failed = {
        "testIdx": 0,
        "promptIdx": 0,
        "provider": {"id": "a"},
        "vars": {"q": "x"},
        "error": "401: Incorrect API key sk-abcdefgh12345678",
    }
    Path("a.json").write_text(json.dumps({"results": {"results": [failed]}}))
    assert run("import", "a.json", "--answers", "answers.jsonl").exit_code == 0
    assert "401: Incorrect API key [redacted]" in Path("answers.jsonl").read_text()


def test_text_of_a_file_cannot_steer_the_terminal() -> None:
    test = {"vars": {"q": "x"}, "assert": [{"type": "\x1b]0;owned\x07", "value": "y"}], "\x1b[2J": 1}
    Path("a.json").write_text(json.dumps([test]))
    done = run("import", "a.json")
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_help_has_an_example() -> None:
    assert "Example: goldfinch dataset import " in run("import", "--help").stdout
