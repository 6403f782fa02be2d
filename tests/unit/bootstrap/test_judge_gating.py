from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldfinch.adapters.files.calibration import write_calibration
from goldfinch.bootstrap.judge_gating import gating
from goldfinch.core.calibration.calibrate import calibrate
from goldfinch.core.calibration.items import LabelKind, LabelledItem, RecordedJudgement
from goldfinch.core.calibration.record import JudgeIdentity, record_of
from goldfinch.core.errors import ConfigurationError


def written(path: Path, *, wrong: int = 0, kind: LabelKind = LabelKind.BINARY, metric: str = "accuracy") -> Path:
    items = [LabelledItem(f"i{n}", kind, float(n % 2), answer="x") for n in range(120)]
    judgements = [
        RecordedJudgement(item.id, "j", 1 - item.label if n < wrong else item.label, swapped=swapped, repeat=repeat)
        for n, item in enumerate(items)
        for swapped in ([False, True] if kind is LabelKind.PAIRWISE else [False])
        for repeat in range(2)
    ]
    found = calibrate(items, judgements, samples=20)
    write_calibration(path, record_of(found, JudgeIdentity("j", "judge-1", metric), labels_fingerprint="f", seed=0, created_at="now"))
    return path


def test_without_a_calibration_no_judge_decides(tmp_path: Path) -> None:
    assert gating((), tmp_path)("judge-1", "accuracy") is None


def test_a_calibrated_judge_decides_in_its_version_on_its_metric(tmp_path: Path) -> None:
    written(tmp_path / "a.json")
    written(tmp_path / "b.json", metric="safety", wrong=60)
    mark = gating(("a.json", "b.json"), tmp_path)
    assert mark("judge-1", "accuracy") == 0.5
    assert mark("judge-2", "accuracy") is None
    assert mark("judge-1", "relevance") is None
    assert mark("judge-1", "safety") is None


def test_a_judge_of_pairs_decides_nothing_about_grades(tmp_path: Path) -> None:
    assert json.loads(written(tmp_path / "a.json", kind=LabelKind.PAIRWISE).read_bytes())["may_gate"] is True
    assert gating(("a.json",), tmp_path)("judge-1", "accuracy") is None


def test_a_file_that_was_changed_by_hand_a_missing_one_and_another_document_are_refused(tmp_path: Path) -> None:
    changed = written(tmp_path / "changed.json", wrong=60)
    changed.write_text(changed.read_text().replace('"may_gate": false', '"may_gate": true'))
    (tmp_path / "other.json").write_text('{"kind": "run", "judge_version": "judge-1", "metric": "accuracy", "may_gate": true}')
    for name in ("changed.json", "missing.json", "other.json"):
        with pytest.raises(ConfigurationError, match=r"correct judge\.calibration, or leave it out") as caught:
            gating((name,), tmp_path)
        assert caught.value.code == "E1905"
        assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"kind": "run"}', '{"kind": "judge_calibration", "judge_version": "judge-1", "may_gate": true}']
)
def test_what_is_no_whole_calibration_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "c.json").write_text(content)
    with pytest.raises(ConfigurationError) as refused:
        gating(["c.json"], tmp_path)
    assert refused.value.code == "E1905"
