"""What is asked for before a rollout begins: the verdict that lets its release through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldfinch.bootstrap import starting
from goldfinch.bootstrap.starting import gate_hash
from goldfinch.core.errors import GoldfinchError
from goldfinch.core.verdict import Verdict


class Check:
    def __init__(self, verdict: Verdict, exit_code: int) -> None:
        self.verdict, self.exit_code = verdict, exit_code


def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: Verdict, exit_code: int, text: str = '{"b": 1, "a": 2.0}') -> Path:
    path = tmp_path / "verdict.json"
    path.write_text(text)
    monkeypatch.setattr(starting, "read_check", lambda _: Check(verdict, exit_code))
    return path


@pytest.mark.parametrize(("verdict", "exit_code"), [(Verdict.FAIL, 1), (Verdict.INCONCLUSIVE, 3)])
def test_what_the_check_did_not_let_through_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verdict: Verdict, exit_code: int
) -> None:
    with pytest.raises(GoldfinchError, match=f"the check says {verdict}") as refused:
        gate_hash(written(tmp_path, monkeypatch, verdict, exit_code))
    assert refused.value.code == "E3612"


def test_the_hash_is_of_what_is_said_and_not_of_how_it_is_spelt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = gate_hash(written(tmp_path, monkeypatch, Verdict.PASS, 0))
    assert one == gate_hash(written(tmp_path, monkeypatch, Verdict.PASS, 0, json.dumps({"a": 2, "b": 1}, indent=4)))
    assert one != gate_hash(written(tmp_path, monkeypatch, Verdict.PASS, 0, '{"a": 3, "b": 1}'))
    assert one.startswith("sha256:")


def test_a_file_that_is_no_verdict_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "verdict.json"
    path.write_text('{"kind": "something"}')
    with pytest.raises(GoldfinchError, match="is no verdict of the gates"):
        gate_hash(path)
