"""Whatever bytes a file of labels, judgements or a calibration holds, its reader gives sound values or one of our errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from goldfinch.adapters.files.calibration import read_calibration, write_calibration
from goldfinch.adapters.files.labels import read_judgements, read_labels
from goldfinch.adapters.reports.calibration import calibration_markdown, calibration_text
from goldfinch.core.calibration.items import LabelledItem
from goldfinch.core.errors import ConfigurationError, LabelsError, UsageError
from goldfinch.operations.calibrate import CalibrationPlan, calibrate_recorded
from tests.fuzz.test_readers import JSON_VALUES, bytes_like, may_refuse, objects

Fuzz = Callable[..., Callable[[Callable[..., None]], None]]

BINARY = (
    b'{"id": "a", "input": "q", "answer": "x", "label": true}\n{"id": "b", "input": [1], "answer": "", "label": false, "cluster": "c"}\n'
)
GRADES = b'{"id": "a", "input": "q", "answer": "x", "label": 4, "scale": [1, 5]}\n{"id": "b", "input": "q", "answer": "y", "label": 0.5}\n'
PAIRS = (
    b'{"id": "a", "input": "q", "answer_a": "x", "answer_b": "yy", "preferred": "a", "system_a": "s"}\n'
    b'{"id": "b", "input": "q", "answer_a": "x", "answer_b": "y", "preferred": "tie", "metadata": {"k": null}}\n'
)
JUDGED = (
    b'{"id": "a", "judge": "j", "verdict": true}\n{"id": "b", "judge": "j", "verdict": 0.5, "repeat": 1, "scale": [0, 2]}\n'
    b'{"id": "a", "judge": "j", "verdict": "a", "swapped": true}\n{"id": "b", "judge": "k", "verdict": null, "judge_version": "1"}\n'
)


def require_sound_items(items: tuple[LabelledItem, ...]) -> None:
    assert items
    assert len({item.id for item in items}) == len(items)
    assert len({item.kind for item in items}) == 1
    assert all(0 <= item.label <= 1 for item in items)


def calibrate_all(labels: Path, judgements: Path) -> None:
    items = read_labels(labels)
    require_sound_items(items)
    found = read_judgements(judgements, items)
    assert all(judgement.value is None or (isfinite(judgement.value) and 0 <= judgement.value <= 1) for judgement in found)
    record = calibrate_recorded(items, found, CalibrationPlan(pass_mark=0.5), judge=None, created_at="2026-11-24T08:00:00Z")
    assert not record.may_gate, "two labels are never enough"
    write_calibration(labels.with_name("calibration.json"), record)
    again = read_calibration(labels.with_name("calibration.json"))
    assert calibration_text(again).isprintable() or "\n" in calibration_text(again)
    assert calibration_markdown(again)


def test_any_labels_and_judgements_make_a_calibration_or_a_named_refusal(fuzz: Fuzz, tmp_path: Path) -> None:
    labels, judgements = tmp_path / "labels.jsonl", tmp_path / "judged.jsonl"

    @fuzz(400, bytes_like(BINARY, GRADES, PAIRS), bytes_like(JUDGED))
    def _(label_bytes: bytes, judgement_bytes: bytes) -> None:
        labels.write_bytes(label_bytes)
        judgements.write_bytes(judgement_bytes)
        with suppress(UsageError), may_refuse(LabelsError):  # of several judges one has to be named
            calibrate_all(labels, judgements)


LABEL_KEYS: dict[str, Any] = {
    "id": st.sampled_from("ab"),
    "input": JSON_VALUES,
    "answer": st.text(max_size=3),
    "label": st.booleans() | st.floats(-1, 2),
    "scale": st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    "answer_a": st.text(max_size=3),
    "answer_b": st.text(max_size=3),
    "preferred": st.sampled_from(["a", "b", "tie", "c"]),
    "cluster": st.text(max_size=2),
}


def test_any_objects_as_labels_are_items_or_a_named_refusal(fuzz: Fuzz, tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"

    @fuzz(600, st.lists(objects(LABEL_KEYS), max_size=3))
    def _(lines: list[Any]) -> None:
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        with may_refuse(LabelsError):
            require_sound_items(read_labels(path))


def test_any_changed_calibration_is_read_or_refused(fuzz: Fuzz, tmp_path: Path) -> None:
    labels, judgements, path = tmp_path / "labels.jsonl", tmp_path / "judged.jsonl", tmp_path / "calibration.json"
    labels.write_bytes(PAIRS)
    judgements.write_bytes(b'{"id": "a", "judge": "j", "verdict": "a"}\n')
    calibrate_all(labels, judgements)
    sound = path.read_bytes()

    @fuzz(400, bytes_like(sound))
    def _(content: bytes) -> None:
        path.write_bytes(content)
        with may_refuse(ConfigurationError):
            record = read_calibration(path)
            assert calibration_text(record)
            assert calibration_markdown(record)
