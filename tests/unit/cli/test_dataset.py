from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from goldfinch.cli.dataset import app
from goldfinch.core.datasets import codes
from goldfinch.core.errors import DatasetError, UsageError

CASES = [{"id": f"c{number}", "input": f"question {number}", "tags": ["even" if number % 2 == 0 else "odd"]} for number in range(20)]


@pytest.fixture
def golden(tmp_path: Path) -> str:
    path = tmp_path / "golden.jsonl"
    path.write_text("".join(json.dumps(case) + "\n" for case in CASES))
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("command", ["validate", "show", "stats", "split", "convert"])
def test_help_of_every_command_has_an_example(command: str) -> None:
    assert f"Example: goldfinch dataset {command} " in run(command, "--help").stdout


def test_validate_says_ok_in_one_line(golden: str) -> None:
    done = run("validate", golden)
    assert done.exit_code == 0
    assert done.stdout.startswith("ok: golden: 20 cases, fingerprint ")
    assert done.stdout.count("\n") == 1


def test_validate_lists_every_problem_with_its_own_code_and_ends_with_2(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id":"a"}\n{"id":"b","input":1,"wieght":2}\n')
    done = run("validate", str(path))
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        f"error E1210: {path}:1 (case a): `input` is missing; add it",
        f"error E1209: {path}:2 (case b): `wieght` is not a known key; did you mean `weight`?",
    ]


def test_validate_as_json_is_json_on_stdout_good_or_bad(golden: str, tmp_path: Path) -> None:
    good = json.loads(run("validate", golden, "--output", "json").stdout)
    assert (good["valid"], good["cases"], good["problems"]) == (True, 20, [])
    bad = run("validate", str(tmp_path / "no"), "--output", "json")
    assert bad.exit_code == 2
    assert json.loads(bad.stdout)["problems"][0]["code"] == codes.MISSING_PATH


def test_text_of_a_case_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        json.dumps({"id": "a", "input": "x\x1b[2Jy\x9b\u202e\x7f", "tags": ["\x1b]52;c;x\x07"]}) + "\n" + json.dumps({"id": "b\x1b[2J"})
    )
    for arguments in (("validate", str(path)), ("show", str(path), "--limit", "1"), ("show", str(path), "--case", "a")):
        done = run(*arguments)
        assert not {"\x1b", "\x07", "\x9b", "\u202e", "\x7f"} & set(done.output)


def test_show_lists_cases_and_shows_one_whole(golden: str) -> None:
    assert run("show", golden, "--tag", "odd", "--limit", "2").stdout == "c1  [odd]  question 1\nc3  [odd]  question 3\n"
    shown = json.loads(run("show", golden, "--case", "c5").stdout)
    assert len(shown.pop("hash")) == 32
    assert shown == CASES[5]
    assert len(json.loads(run("show", golden, "--limit", "0", "--output", "json").stdout)["cases"]) == 20


def test_show_names_an_id_that_is_absent(golden: str) -> None:
    done = run("show", golden, "--case", "c5", "--case", "nobody")
    assert isinstance(done.exception, UsageError)
    assert done.exception.code == codes.NO_SUCH_CASE
    assert "nobody" in str(done.exception)


def test_stats_counts(golden: str) -> None:
    stats = json.loads(run("stats", golden, "--output", "json").stdout)
    assert (stats["cases"], stats["tags"], stats["expecting_nothing"]) == (20, {"even": 10, "odd": 10}, 20)
    assert "tags (2)" in run("stats", golden).stdout


def _ids(path: Path) -> set[str]:
    return {json.loads(line)["id"] for line in path.read_text().splitlines()}


def test_split_writes_every_case_once_and_the_same_way_again(golden: str, tmp_path: Path) -> None:
    arguments = ("split", golden, "--part", "dev=70", "--part", "test=30", "--output-dir", str(tmp_path / "parts"))
    assert run(*arguments).exit_code == 0
    dev, test = _ids(tmp_path / "parts/dev.jsonl"), _ids(tmp_path / "parts/test.jsonl")
    assert dev | test == {case["id"] for case in CASES}
    assert not dev & test
    assert run(*arguments, "--force").exit_code == 0
    assert _ids(tmp_path / "parts/dev.jsonl") == dev


def test_a_part_without_a_share_is_told_its_form(golden: str, tmp_path: Path) -> None:
    done = run("split", golden, "--part", "dev", "--part", "test=20", "--output-dir", str(tmp_path / "parts"))
    assert "a part is name=share; write --part dev=80" in str(done.exception)


def test_split_by_tag_is_exact(golden: str, tmp_path: Path) -> None:
    folder = str(tmp_path / "parts")
    done = run("split", golden, "--part", "dev=80", "--part", "test=20", "--stratify-by", "odd", "--output-dir", folder)
    assert done.stdout.splitlines() == [f"{folder}/dev.jsonl: 16 cases", f"{folder}/test.jsonl: 4 cases"]
    assert sum(int(name[1:]) % 2 for name in _ids(tmp_path / "parts/test.jsonl")) == 2


@pytest.mark.parametrize(
    "parts", [["dev=1"], ["dev", "test"], ["a=1", "a=1"], ["a=0", "b=1"], ["../x=1", "b=1"], ["a=x", "b=1"], ["a=1e-9", "b=1"]]
)
def test_parts_that_cannot_be_are_refused_and_nothing_is_written(golden: str, tmp_path: Path, parts: list[str]) -> None:
    done = run("split", golden, *(f"--part={part}" for part in parts), "--output-dir", str(tmp_path / "parts"))
    assert isinstance(done.exception, UsageError)
    assert done.exception.code == codes.BAD_SPLIT
    assert not list(tmp_path.glob("parts/*"))


@pytest.mark.parametrize("suffix", ["yaml", "csv", "jsonl"])
def test_convert_keeps_the_fingerprint(golden: str, tmp_path: Path, suffix: str) -> None:
    target = str(tmp_path / f"to.{suffix}")
    fingerprint = run("convert", golden, "--to", target).stdout.split()[-1]
    assert fingerprint == json.loads(run("validate", golden, "--output", "json").stdout)["fingerprint"]
    assert fingerprint == json.loads(run("validate", target, "--output", "json").stdout)["fingerprint"]


def test_convert_does_not_write_what_it_could_not_read(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{")
    assert isinstance(run("convert", str(bad), "--to", str(tmp_path / "to.csv")).exception, DatasetError)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.jsonl"]
