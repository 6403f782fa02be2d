from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from goldfinch.adapters.files.calibration import calibration_schema, read_calibration, write_calibration, write_report
from goldfinch.core.calibration.calibrate import calibrate
from goldfinch.core.calibration.items import LabelKind, LabelledItem, RecordedJudgement
from goldfinch.core.calibration.record import CalibrationRecord, JudgeIdentity, JudgingCost, record_of
from goldfinch.core.errors import ConfigurationError, InfrastructureError


def sample(kind: LabelKind, *, count: int = 120) -> CalibrationRecord:
    items = [LabelledItem(f"i{n}", kind, float(n % 2), answer="x" * (n % 7), system="s") for n in range(count)]
    judgements = [RecordedJudgement(item.id, "j", item.label, repeat=repeat) for item in items for repeat in range(2)]
    judgements += [RecordedJudgement(item.id, "j", item.label, swapped=True) for item in items if kind is LabelKind.PAIRWISE]
    found = calibrate(items, judgements, pass_mark=None if kind is LabelKind.PAIRWISE else 0.5, judge_family="t", samples=50)
    cost = JudgingCost(0.5, 240, 3)
    return record_of(found, JudgeIdentity("j", "v", "m"), labels_fingerprint="f" * 32, seed=1, created_at="2026-11-24T08:00:00Z", cost=cost)


@pytest.mark.parametrize("kind", LabelKind)
def test_what_was_written_is_read_again_and_is_as_its_schema_says(tmp_path: Path, kind: LabelKind) -> None:
    record, path = sample(kind), tmp_path / "new" / "c.json"
    write_calibration(path, record)
    assert read_calibration(path) == record
    document = json.loads(path.read_bytes())
    Draft202012Validator(calibration_schema()).validate(document)
    assert list(document)[:2] == ["schema_version", "kind"]
    assert (document["schema_version"], document["kind"], document["may_gate"]) == (1, "judge_calibration", True)
    assert {"reasons", "counts", "figures", "thresholds", "labels_fingerprint", "judge_version", "metric", "created_at"} <= document.keys()


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    write_calibration(path, sample(LabelKind.BINARY))
    write_calibration(path, sample(LabelKind.PAIRWISE))
    assert read_calibration(path).label_kind is LabelKind.PAIRWISE
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.json"]


def test_unknown_keys_of_later_versions_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    write_calibration(path, sample(LabelKind.BINARY))
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "added_later": 1}))
    assert read_calibration(path).judge == "j"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "E1949", "damaged"),
        (b"{", "E1949", "damaged"),
        (b"[" * 100_000, "E1949", "damaged"),
        (b"\xff\xfe", "E1949", "damaged"),
        (b"{}", "E1949", "is no judge calibration"),
        (b'{"kind": "run", "schema_version": 1}', "E1949", "is no judge calibration"),
        (b'{"kind": "judge_calibration", "schema_version": 2}', "E1950", "written by a newer Goldfinch"),
        (b'{"kind": "judge_calibration", "schema_version": 1}', "E1949", "missing required field"),
        (b" " * 1_000_001, "E1949", "is longer than"),
    ],
)
def test_what_is_no_calibration_is_refused_in_one_line(tmp_path: Path, content: bytes, code: str, words: str) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=words) as caught:
        read_calibration(path)
    assert caught.value.code == code
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_verdict_changed_by_hand_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    write_calibration(path, sample(LabelKind.BINARY, count=50))
    document = json.loads(path.read_bytes())
    assert document["may_gate"] is False
    path.write_text(json.dumps({**document, "may_gate": True}))
    with pytest.raises(ConfigurationError, match="do not bear that out") as caught:
        read_calibration(path)
    assert caught.value.code == "E1951"


def test_a_missing_file_and_a_link_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        read_calibration(tmp_path / "none.json")
    write_calibration(tmp_path / "c.json", sample(LabelKind.BINARY))
    (tmp_path / "link.json").symlink_to(tmp_path / "c.json")
    with pytest.raises(ConfigurationError, match="symbolic link"):
        read_calibration(tmp_path / "link.json")


def test_what_cannot_be_written_is_one_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InfrastructureError, match="cannot write") as caught:
        write_calibration(tmp_path / "file" / "c.json", sample(LabelKind.BINARY))
    assert caught.value.code == "E1952"
    with pytest.raises(InfrastructureError, match="cannot write"):
        write_report(tmp_path / "file" / "c.md", "x")


def test_a_calibration_that_may_not_gate_is_borne_out_too(tmp_path: Path) -> None:
    record = sample(LabelKind.ORDINAL, count=20)
    write_calibration(tmp_path / "c.json", replace(record, metric=None))
    assert not read_calibration(tmp_path / "c.json").may_gate
