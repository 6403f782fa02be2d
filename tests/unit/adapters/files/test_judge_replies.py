"""judge.jsonl: what a crash left is mended, what is somebody else's is left alone, and no secret gets in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldfinch.adapters.files.judge_replies import JudgeReplyFile
from goldfinch.core.errors import InfrastructureError, RunDirectoryError
from goldfinch.core.output import Output
from goldfinch.core.redaction import Redactor
from goldfinch.core.results.records import OutputRecord


def record(key: str, output: Output) -> OutputRecord:
    return OutputRecord("case", key, 0, "2026-11-24T00:00:00Z", output)


def test_a_torn_line_is_cut_off(tmp_path: Path) -> None:
    replies = JudgeReplyFile(tmp_path)
    replies.append(record("a", Output(text="one")))
    replies.append(record("b", Output(text="two")))
    replies.close()
    file = tmp_path / "judge.jsonl"
    file.write_bytes(file.read_bytes()[:-5])
    again = JudgeReplyFile(tmp_path)
    assert (again.get("a"), again.get("b")) == (Output(text="one"), None)
    again.close()


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    replies = JudgeReplyFile(tmp_path)
    for key in "abc":
        replies.append(record(key, Output(text=key)))
    replies.close()
    file = tmp_path / "judge.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + b"{broken\n" + lines[2])
    with pytest.raises(RunDirectoryError, match=r"judge\.jsonl:2: the judge's replies cannot be read") as broken:
        JudgeReplyFile(tmp_path)
    assert broken.value.code == "E1904"


def test_somebody_elses_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "judge.jsonl"
    file.write_text('{"mine": 1}\n')
    with pytest.raises(RunDirectoryError):
        JudgeReplyFile(tmp_path)
    assert file.read_text() == '{"mine": 1}\n'


def test_a_folder_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="cannot write"):
        JudgeReplyFile(tmp_path / "missing")


def test_no_secret_gets_in(tmp_path: Path) -> None:
    replies = JudgeReplyFile(tmp_path, Redactor(["canary-0123456789"]))
    replies.append(record("a", Output(text="it is canary-0123456789")))
    replies.close()
    assert b"canary-0123456789" not in (tmp_path / "judge.jsonl").read_bytes()


def test_a_reply_that_is_no_json_is_kept_as_the_failure_that_it_is(tmp_path: Path) -> None:
    replies = JudgeReplyFile(tmp_path)
    replies.append(record("a", Output(data={"x": {1: object()}}, cost_usd=0.5)))
    assert replies.get("a") is None
    assert replies.spent_usd == 0.5
    replies.close()
    (line,) = (tmp_path / "judge.jsonl").read_text().splitlines()
    assert json.loads(line)["output"]["failure"]["kind"] == "invalid_output"
