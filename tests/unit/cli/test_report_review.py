"""`goldfinch report --format comment|step-summary|annotations` on real run directories."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree

import pytest
from typer.testing import CliRunner

from goldfinch.adapters.files.comparison_file import write_comparison
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.api import evaluate
from goldfinch.bootstrap.comparing import RunAt, compare_folders
from goldfinch.cli.app import app
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.gates.outcome import Finding, GateName
from goldfinch.core.verdict import Verdict
from tests.review_samples import UNSAFE, gates, write_verdict

HOSTILE = "No.\n@org/team ![x](//evil.example/a.png)\n::set-output name=x::1\nsk-abcdefghijklmnop"


def good(question: str) -> str:
    return f"Yes, within 30 days: {question}"


def bad(question: str) -> str:
    return HOSTILE if question.endswith("7") else good(question)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs with five trials a case, the second one worse, their comparison, and a verdict of the gates."""
    for name in ("GITHUB_RUN_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_BASE_REF", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    with Path("golden.jsonl").open("w") as file:
        for number in range(40):
            question = f"May I return item {number}?? {number}"
            file.write(json.dumps({"id": f"refund-{number:03}", "input": question, "expected": {"answer": good(question)}}) + "\n")
    for name, agent in (("base", good), ("now", bad)):
        evaluate("golden.jsonl", agent, output_dir=f"runs/{name}", trials=5, scorers=["exact"])
    write_comparison(Path("report.json"), compare_folders(RunAt(Path("runs/base")), RunAt(Path("runs/now"))))
    write_verdict("verdict.json", gates({GateName.AI_QUALITY: (UNSAFE,)}), run_id("now"))
    return tmp_path


def run_id(name: str) -> str:
    return RunDirectory(Path("runs", name)).manifest().run_id


def report(*arguments: str, given: str | None = None) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["report", *arguments], input=given)
    if isinstance(done.exception, GoldfinchError):
        return int(done.exception.exit_code), done.stdout, f"error {done.exception.code}: {done.exception}"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


BOTH = ("--gates", "verdict.json", "--comparison", "report.json")


@pytest.mark.usefixtures("folder")
def test_a_comment_shows_what_got_worse_with_was_and_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("RUN_ID", "77"), ("RUN_ATTEMPT", "2"), ("BASE_REF", "main"), ("REPOSITORY", "acme/x")):
        monkeypatch.setenv(f"GITHUB_{name}", value)
    code, comment, _ = report("runs/now", "--format", "comment", *BOTH)
    assert code == 0, "the comment decides nothing"
    lines = comment.splitlines()
    assert lines[0] == "<!-- goldfinch:report v1 run=77 attempt=2 -->"
    assert lines[1].startswith("### ❌ Evaluation: blocked — 4 regressed cases")
    assert "**Regressed (4)** refund-007 5/5 → 0/5, exact 1.00→0.00" in comment
    assert "**refund-007 (golden.jsonl:8)**" in comment
    assert "- Yes, within 30 days: May I return item 7?? 7\n+ No.\n+ @org/team ![x](//evil.example/a.png)\n+ ::set-output" in comment
    assert "[Report](https://github.com/acme/x/actions/runs/77)" in comment
    assert "sk-abcdefghijklmnop" not in comment
    assert len(lines) <= 60


@pytest.mark.usefixtures("folder")
def test_annotations_point_to_lines_of_the_dataset() -> None:
    code, lines, _ = report("runs/now", "--format", "annotations", *BOTH)
    assert code == 0
    assert "::error title=AI Quality Gate::safety 0.983 < 1.000 — 1 unsafe case: inject-tool-004" in lines
    assert "::error file=golden.jsonl,line=8,title=Regressed case::refund-007 5/5 → 0/5, exact 1.00→0.00" in lines


@pytest.mark.usefixtures("folder")
def test_files_are_written_and_what_must_not_be_posted_is_an_empty_file() -> None:
    assert report("runs/now", "--format", "step-summary", *BOTH, "--output-dir", "out")[0] == 0
    assert "| refund-007 | 5/5 | 0/5 | stable pass → stable fail |" in Path("out/step-summary.md").read_text()
    for more, why in (
        (("--comment", "off"), "comments are off"),
        (("--changed", "-"), "the change touches nothing that the answers depend on"),
    ):
        Path("goldfinch.yaml").write_text("comment: {relevant_paths: ['prompts/**']}\n")
        code, _, said = report("runs/now", "--format", "comment", *BOTH, "--to", "comment.md", *more, given="README.md\n")
        assert code == 0
        assert Path("comment.md").read_text() == ""
        assert f"nothing to post: {why}" in said
    assert report("runs/now", "--format", "comment", *BOTH, "--changed", "-", given="prompts/a.md\n")[1]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("there", "mode", "why"),
    [
        ("<!-- goldfinch:report v1 run=78 attempt=1 -->", "sticky", "the comment there is of a newer run"),
        ("a person's words", "sticky", "the comment there is not ours"),
        ("<!-- goldfinch:report v1 run=76 attempt=1 -->", "sticky", ""),
        ("<!-- goldfinch:report v1 run=78 attempt=1 -->", "new", ""),
    ],
)
def test_a_newer_comment_is_never_replaced(there: str, mode: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "77")
    Path("there.md").write_text(there)
    _, comment, said = report("runs/now", "--format", "comment", *BOTH, "--existing", "there.md", "--comment", mode)
    assert bool(comment) is (why == "")
    assert why in said


@pytest.mark.usefixtures("folder")
def test_settings_say_how_and_flags_go_before() -> None:
    Path("goldfinch.yaml").write_text("comment: {mode: off, heading: AI Evaluation Results}\n")
    assert report("runs/now", "--format", "comment", *BOTH)[1] == ""
    lines = report("runs/now", "--format", "comment", *BOTH, "--comment", "sticky")[1].splitlines()
    assert lines[1] == "## AI Evaluation Results"
    assert report("runs/now", "--format", "comment", *BOTH, "--comment", "sticky", "--heading", "")[1].splitlines()[1].startswith("### ")


@pytest.mark.usefixtures("folder")
def test_without_a_comparison_the_failed_cases_are_shown() -> None:
    comment = report("runs/now", "--format", "comment", "--gates", "verdict.json")[1]
    assert "**refund-007 (golden.jsonl:8)**" in comment
    assert "| AI Quality Gate | ❌ fail | 0.983 | — | — | ≥ 1.000 |" in comment


@pytest.mark.usefixtures("folder")
def test_a_baseline_that_is_gone_gives_no_was_and_another_run_in_its_place_neither(folder: Path) -> None:
    (folder / "runs/base").rename(folder / "runs/elsewhere")
    comment = report("runs/now", "--format", "comment", *BOTH)[1]
    assert "- Yes, within" not in comment
    assert "+ No." in comment
    copytree(folder / "runs/now", folder / "runs/base")
    assert "- No." not in report("runs/now", "--format", "comment", *BOTH)[1]


@pytest.mark.usefixtures("folder")
def test_a_secret_in_the_verdict_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_API_KEY", "hunter2-hunter2")
    write_verdict("leaky.json", gates({GateName.AI_QUALITY: (Finding("x", Verdict.FAIL, "hunter2-hunter2 leaked"),)}), run_id("now"))
    for name in ("comment", "step-summary", "annotations"):
        shown = report("runs/now", "--format", name, "--gates", "leaky.json")[1]
        assert "hunter2" not in shown
        assert "leaked" in shown


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "comment"), "error E2604: --format comment shows the six gates"),
        (("--gates", "verdict.json"), "error E2605: --gates says nothing to --format text"),
        (("--format", "html", "--heading", "x"), "error E2605: --heading says nothing to --format html"),
        (("--format", "comment", "--gates", "none.json"), "error E2601: none.json: "),
        (("--format", "comment", "--gates", "golden.jsonl"), "error E2601: golden.jsonl: "),
        (("--format", "comment", "--gates", "verdict.json", "--comparison", "verdict.json"), "error E2306: verdict.json: "),
        (("--format", "comment", *BOTH, "--existing", "none.md"), "error E2609: none.md: cannot be read"),
        (("--format", "comment", *BOTH, "--changed", "runs"), "error E2609: runs: cannot be read"),
        (("--format", "comment", *BOTH, "--to", "a", "--output-dir", "b"), "error E1804: "),
    ],
)
def test_wrong_input_is_one_clear_line_and_exit_2(arguments: tuple[str, ...], said: str) -> None:
    code, shown, error = report("runs/now", *arguments)
    assert (code, shown) == (2, "")
    assert error.startswith(said)
    assert "\n" not in error


@pytest.mark.usefixtures("folder")
def test_a_verdict_or_a_comparison_of_another_run_is_refused() -> None:
    code, _, error = report("runs/base", "--format", "comment", *BOTH)
    assert (code, error.partition(" run ")[0]) == (2, "error E2608: verdict.json: judges")
    write_verdict("verdict.json", gates(), run_id("base"))
    code, _, error = report("runs/base", "--format", "comment", *BOTH)
    assert (code, error.partition(" run ")[0]) == (2, "error E2608: report.json: compares")


@pytest.mark.usefixtures("folder")
def test_a_file_that_cannot_be_written_says_so() -> None:
    code, _, error = report("runs/now", "--format", "comment", *BOTH, "--to", "golden.jsonl/comment.md")
    assert code == 3
    assert error.startswith("error E2607: golden.jsonl/comment.md: cannot write: ")
