"""`goldfinch evaluate` as a person calls it: exit codes, streams, one clear line for what is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import goldfinch.bootstrap.evaluation
from goldfinch.adapters.files.run_directory import RunDirectory
from goldfinch.cli.app import app, main

AGENT = """
import asyncio

async def echo(text):
    return text

async def priced(text):
    return {"text": text, "cost_usd": 0.5}

def hostile(text):
    return "\\x1b[2J\\x1b]52;c;eA==\\x07[red]PASS[/red] ::error::x \\u202e"

def crash(text):
    raise RuntimeError("no\\nidea \\x1b[31m")

async def gone(text):
    from goldfinch import AnswerFailed, Failure, FailureKind
    raise AnswerFailed(Failure(FailureKind.NOT_RECORDED, "not here"))

not_callable = 5
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [{"id": f"c{n}", "input": f"hi {n}", "expected": {"answer": f"hi {n}"}} for n in range(4)]
    (tmp_path / "golden.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (tmp_path / "cli_test_agent.py").write_text(AGENT)
    monkeypatch.chdir(tmp_path)
    for name in ("TEST_BUDGET_USD", "GOLDFINCH_DEBUG", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


class Ended:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


def goldfinch_(*arguments: str, capsys: pytest.CaptureFixture[str]) -> Ended:
    sys.argv = ["goldfinch", *arguments]
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    code = ended.value.code
    return Ended(int(code or 0), out, err)


def evaluate(agent: str, *options: str, capsys: pytest.CaptureFixture[str]) -> Ended:
    command = ("evaluate", "-d", "golden.jsonl", "-a", f"cli_test_agent:{agent}", "-s", "exact", "-o", "run", *options)
    return goldfinch_(*command, capsys=capsys)


def test_a_run_whose_answers_were_all_had_ends_with_zero_however_good_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    done = evaluate("echo", capsys=capsys)
    assert done.code == 0
    assert "4 of 4 cases passed" in done.out
    assert ET.parse("run/junit.xml").getroot().tag == "testsuites"
    failed = evaluate("crash", "--fresh", capsys=capsys)
    assert failed.code == 0
    assert "0 of 4 cases passed" in failed.out


def test_answers_that_could_not_be_had_end_with_three(capsys: pytest.CaptureFixture[str]) -> None:
    done = evaluate("gone", capsys=capsys)
    assert done.code == 3
    assert "incomplete" in done.out


def test_a_spent_budget_ends_with_four_and_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    done = evaluate("priced", "--budget", "1.2", "--concurrency", "1", capsys=capsys)
    assert done.code == 4
    assert "error E1601: budget of $1.2 reached after $1.0000" in done.err
    assert evaluate("priced", "--budget", "9", capsys=capsys).code == 0


def test_json_on_stdout_is_pure_and_the_rest_is_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    done = evaluate("echo", "--output", "json", capsys=capsys)
    assert json.loads(done.out)["kind"] == "report"
    assert "4/4 answers · 4 passed" in done.err
    again = evaluate("echo", "--output", "json", capsys=capsys)
    assert json.loads(again.out)["kind"] == "report"
    assert "complete already" in again.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-d", "golden.jsonl"], "error E1002: no agent"),
        (["-a", "cli_test_agent:echo"], "error E1003: no dataset"),
        (["-a", "cli_test_agent:echo", "-d", "nowhere.jsonl"], "nowhere.jsonl: does not exist"),
        (["-a", "cli_test_agent:echo", "-d", "golden.jsonl", "-s", "exakt"], "exakt"),
        (["-a", "cli_test_agent:ecko", "-d", "golden.jsonl"], "error E1303: "),
        (["-a", "cli_test_agent:not_callable", "-d", "golden.jsonl"], "error E1304: "),
        (["-a", "no_such_module_here:echo", "-d", "golden.jsonl"], "error E1302: "),
        (["-a", "cli_test_agent:echo", "-d", "golden.jsonl", "-c", "no.yaml"], "error E1101: no.yaml: no such file"),
        (["-a", "cli_test_agent:echo", "-d", "golden.jsonl", "--case", "c9"], "error E1220: "),
        (["-a", "cli_test_agent:echo", "-d", "golden.jsonl", "--tag", "refnud"], "error E1290: "),
        (["-a", "cli_test_agent:echo", "-d", "golden.jsonl", "-o", "golden.jsonl"], "error E1507: "),
        (["-a", "nonsense", "-d", "golden.jsonl"], "error E1371: "),
    ],
)
def test_a_wrong_input_is_one_line_with_a_code_and_exit_two(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = goldfinch_("evaluate", *arguments, capsys=capsys)
    assert done.code == 2
    assert done.out == ""
    assert told in done.err
    assert done.err.count("\n") == 1
    assert done.err.startswith("error E")


@pytest.mark.parametrize("arguments", [["--no-such-option"], ["--trials", "0"], ["--trials", "many"], ["--output", "xml"], ["extra"]])
def test_a_wrong_option_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    done = evaluate("echo", *arguments, capsys=capsys)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "Error: " in done.err


def test_a_budget_in_the_environment_that_is_no_amount_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_BUDGET_USD", "five")
    done = evaluate("echo", capsys=capsys)
    assert (done.code, done.err) == (2, "error E1104: TEST_BUDGET_USD: 'five' is no amount of US dollars above 0; such as 5.00\n")


def test_a_hostile_answer_reaches_the_terminal_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    done = evaluate("hostile", capsys=capsys)
    assert "\x1b" not in done.out + done.err
    assert "\x07" not in done.out
    assert "\u202e" not in done.out
    assert "[red]PASS[/red]" in done.out
    assert "\x1b" not in Path("run/junit.xml").read_text(encoding="utf-8")


def test_help_shows_an_example_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    done = goldfinch_("evaluate", "--help", capsys=capsys)
    assert done.code == 0
    assert "Example: goldfinch evaluate --dataset golden/ --agent my_agent:answer" in done.out
    assert "Exit codes: 0 every answer was had and scored, 2 usage" in done.out


def test_a_defect_is_one_line_and_never_the_code_of_a_failed_gate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("oops\n\x1b[31m")

    monkeypatch.setattr(goldfinch.bootstrap.evaluation, "revision_of", broken)
    done = evaluate("echo", capsys=capsys)
    assert done.code == 3
    assert done.err.startswith("internal error: KeyError: ")
    assert "GOLDFINCH_DEBUG=1 shows the traceback" in done.err
    assert (done.err.count("\n"), done.out) == (1, "")
    monkeypatch.setenv("GOLDFINCH_DEBUG", "1")
    shown = evaluate("echo", capsys=capsys).err
    assert "Traceback (most recent call last)" in shown
    assert "\x1b" not in shown


def test_a_full_disk_is_named_although_no_report_can_be_written_either(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        if b'"case_id"' in data:
            raise OSError(28, "No space left on device")
        return real(descriptor, data)

    def no_file(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    monkeypatch.setattr("goldfinch.adapters.files.atomic.atomic_text_file", no_file)
    done = evaluate("echo", capsys=capsys)
    monkeypatch.undo()
    assert done.code == 3
    assert "error E1401: run/outputs.jsonl: cannot write: No space left on device" in done.err
    assert "Traceback" not in done.err


def test_a_reader_that_goes_away_is_no_error_and_the_run_keeps_its_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "goldfinch", "evaluate", "-d", "golden.jsonl", "-a", "cli_test_agent:gone", "-o", "run"]
    reads, writes = os.pipe()
    os.close(reads)
    done = subprocess.run(command, stdout=writes, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert "Broken" not in done.stderr
    assert "Traceback" not in done.stderr
    explain = [sys.executable, "-m", "goldfinch", "explain", "E1401"]
    done = subprocess.run(explain, stdout=writes, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writes)
    assert (done.returncode, done.stderr) == (141, "")
    assert RunDirectory(tmp_path / "run").manifest().status == "incomplete"


def test_the_command_starts_without_what_only_a_run_needs() -> None:
    code = "import sys; import goldfinch.cli.app; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {"pydantic", "aiohttp", "msgspec", "yaml", "jsonschema", "genai_prices", "asyncio"}
    assert app.info.name == "goldfinch"


def test_the_page_is_written_where_the_option_or_the_settings_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ended = evaluate("echo", "--report", "pages/mine.html", capsys=capsys)
    assert "wrote pages/mine.html" in ended.err
    assert "Next: open pages/mine.html in a browser" in ended.out
    assert "4 of 4 cases passed" in Path("pages/mine.html").read_text(encoding="utf-8")
    settings = tmp_path / "conf" / "goldfinch.yaml"
    settings.parent.mkdir()
    settings.write_text("run:\n  report: page.html\n")
    evaluate("echo", "--config", str(settings), "--fresh", capsys=capsys)
    assert (tmp_path / "conf" / "page.html").is_file()


def test_a_report_in_place_of_a_folder_is_refused_before_the_agent_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    ended = evaluate("echo", "--report", ".", capsys=capsys)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "error E1803: --report: . is a folder; name a file, such as report.html\n"
    assert not Path("run").exists()
