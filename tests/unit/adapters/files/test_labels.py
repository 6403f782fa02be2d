from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from goldfinch.adapters.files import labels as module
from goldfinch.adapters.files.labels import label_schemas, read_judgements, read_labels
from goldfinch.core.calibration.items import LabelKind, LabelledItem, RecordedJudgement
from goldfinch.core.errors import LabelsError

BINARY = {"id": "a", "input": "q", "answer": "x", "label": True}
GRADE = {"id": "a", "input": "q", "answer": "x", "label": 4, "scale": [1, 5]}
PAIR = {"id": "a", "input": "q", "answer_a": "x", "answer_b": "y", "preferred": "b"}
JUDGED = {"id": "a", "judge": "j", "verdict": True}


def written(tmp_path: Path, *lines: Any, name: str = "labels.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def problems(path: Path, items: list[LabelledItem] | None = None) -> list[str]:
    with pytest.raises(LabelsError) as caught:
        read_labels(path) if items is None else read_judgements(path, items)
    return [f"{problem.code} {str(problem).replace(str(path), 'FILE')}" for problem in caught.value.problems]


def test_a_label_of_each_kind_is_read_on_a_scale_from_zero_to_one(tmp_path: Path) -> None:
    yes, no = read_labels(written(tmp_path, BINARY, {**BINARY, "id": "b", "label": False, "cluster": "c", "system": "s", "reference": "r"}))
    assert (yes.kind, yes.label, yes.answer, yes.input) == (LabelKind.BINARY, 1.0, "x", "q")
    assert (no.label, no.cluster, no.system, no.reference) == (0.0, "c", "s", "r")
    (grade,) = read_labels(written(tmp_path, GRADE))
    assert (grade.kind, grade.label, grade.scale) == (LabelKind.ORDINAL, 0.75, (1.0, 5.0))
    (pair,) = read_labels(written(tmp_path, {**PAIR, "system_a": "m", "input": {"turns": ["q"]}}))
    assert (pair.kind, pair.label, pair.answer_a, pair.system_a) == (LabelKind.PAIRWISE, 0.0, "x", "m")
    assert pair.input == {"turns": ["q"]}
    assert read_labels(written(tmp_path, {**PAIR, "preferred": "tie"}))[0].label == 0.5


def test_a_label_of_one_is_a_grade_and_true_is_a_yes(tmp_path: Path) -> None:
    assert read_labels(written(tmp_path, {**BINARY, "label": 1}))[0].kind is LabelKind.ORDINAL
    assert read_labels(written(tmp_path, {**BINARY, "label": 1.0}))[0].kind is LabelKind.ORDINAL


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "E1206 FILE:1: is not valid JSON: expecting property name enclosed in double quotes at column 2"),
        ("[]", "E1941 FILE:1: expected `object`, got `array`"),
        ({"id": "a", "input": "q"}, "E1941 FILE:1: has no `label`"),
        ({"id": "a", "input": "q", "label": True}, "E1941 FILE:1: has no `answer`"),
        ({**BINARY, "id": 5}, "E1941 FILE:1: expected `str`, got `int` - at `$.id`"),
        ({**BINARY, "id": ""}, "E1941 FILE:1: expected `str` of length >= 1 - at `$.id`"),
        ({**BINARY, "labels": 1}, "E1941 FILE:1: object contains unknown field `labels`"),
        ({**BINARY, "label": "yes"}, "E1941 FILE:1: expected `bool | int | float | null`, got `str` - at `$.label`"),
        ({**BINARY, "scale": [1, 5]}, "E1941 FILE:1: has a `scale`, and a `label` that is true or false"),
        ({**GRADE, "label": 6}, "E1941 FILE:1: has a `label` of 6, which is outside its scale, 1 to 5"),
        ({**GRADE, "scale": None}, "E1941 FILE:1: has a `label` of 4, which is outside its scale, 0 to 1"),
        ({**GRADE, "scale": [5, 1]}, "E1941 FILE:1: has a `scale` that is not the lowest and the highest grade"),
        ({**GRADE, "scale": [-1.7e308, 1.7e308]}, "E1941 FILE:1: has a `scale` that is not the lowest and the highest grade"),
        ({**PAIR, "answer_b": None}, "E1941 FILE:1: has `preferred` and not both of `answer_a` and `answer_b`"),
        ({**PAIR, "label": True}, "E1941 FILE:1: has `preferred` and also `label`, `answer` or `scale`"),
        ({**PAIR, "preferred": "1"}, "E1941 FILE:1: invalid enum value '1' - at `$.preferred`"),
        ({**BINARY, "answer_a": "z"}, "E1941 FILE:1: has `label` and also two answers"),
    ],
)
def test_what_is_no_label_is_named_with_its_line_and_what_to_do(tmp_path: Path, line: Any, problem: str) -> None:
    found = problems(written(tmp_path, line))
    assert len(found) == 1
    assert found[0].startswith(problem), found[0]
    assert "; " in found[0]


def test_every_problem_is_listed_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, BINARY, "", BINARY, {**PAIR, "id": "b"}, {**BINARY, "id": "c", "answer": 3})
    assert [problem.partition(";")[0] for problem in problems(path)] == [
        "E1942 FILE:3: the id 'a' was given before",
        "E1943 FILE:4: is a label of the kind pairwise, the first one is binary",
        "E1941 FILE:5: expected `str | null`, got `int` - at `$.answer`",
    ]


def test_a_thousand_problems_are_fifty_and_a_count(tmp_path: Path) -> None:
    found = problems(written(tmp_path, *[{"id": str(n), "input": "q"} for n in range(2_000)]))
    assert len(found) == 51
    assert found[-1].endswith("and 950 more problems")


def test_an_empty_file_a_missing_one_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert problems(written(tmp_path)) == ["E1944 FILE: holds no label; write one label a line"]
    assert problems(tmp_path / "none.jsonl")[0].startswith("E1201 FILE: does not exist")
    assert "is not a plain file" in problems(tmp_path)[0]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    link = tmp_path / "link.jsonl"
    link.symlink_to(written(tmp_path, BINARY))
    assert "is a symbolic link" in problems(link)[0]


def test_more_lines_than_are_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LABELS", 3)
    path = written(tmp_path, *[{**BINARY, "id": str(n)} for n in range(5)])
    assert problems(path) == ["E1955 FILE:4: holds more than 3 lines; read a sample"]


def item(kind: LabelKind, scale: tuple[float, float] = (0.0, 1.0)) -> list[LabelledItem]:
    return [LabelledItem("a", kind, 1.0, scale=scale)]


@pytest.mark.parametrize(
    ("items", "line", "value"),
    [
        (item(LabelKind.BINARY), {"verdict": True}, 1.0),
        (item(LabelKind.BINARY), {"verdict": 0.3}, 0.3),
        (item(LabelKind.BINARY), {"verdict": 4, "scale": [1, 5]}, 0.75),
        (item(LabelKind.BINARY), {"verdict": None}, None),
        (item(LabelKind.ORDINAL, (1.0, 5.0)), {"verdict": 4}, 0.75),
        (item(LabelKind.ORDINAL, (1.0, 5.0)), {"verdict": 0.75, "scale": [0, 1]}, 0.75),
        (item(LabelKind.PAIRWISE), {"verdict": "a"}, 1.0),
        (item(LabelKind.PAIRWISE), {"verdict": "b", "swapped": True}, 0.0),
        (item(LabelKind.PAIRWISE), {"verdict": "tie", "repeat": 2}, 0.5),
    ],
)
def test_a_verdict_is_read_on_the_scale_of_its_label(tmp_path: Path, items: list[LabelledItem], line: dict[str, Any], value: float) -> None:
    (found,) = read_judgements(written(tmp_path, {**JUDGED, **line}), items)
    assert found == RecordedJudgement("a", "j", value, line.get("swapped", False), line.get("repeat", 0))


@pytest.mark.parametrize(
    ("items", "line", "problem"),
    [
        (item(LabelKind.BINARY), {"verdict": "a"}, "E1945 FILE:1: has a text for a `verdict`"),
        (item(LabelKind.BINARY), {"verdict": 4}, "E1945 FILE:1: has a `verdict` of 4, which is outside its scale, 0 to 1"),
        (item(LabelKind.BINARY), {"swapped": True}, "E1945 FILE:1: is `swapped`, and the item is one answer"),
        (item(LabelKind.ORDINAL), {"verdict": True}, "E1945 FILE:1: says true or false, and people gave a grade"),
        (item(LabelKind.PAIRWISE), {"verdict": 1}, "E1945 FILE:1: has a `verdict` that is not a, b or tie"),
        (item(LabelKind.PAIRWISE), {"verdict": "c"}, "E1945 FILE:1: has a `verdict` that is not a, b or tie"),
        (item(LabelKind.BINARY), {"repeat": -1}, "E1945 FILE:1: expected `int` >= 0 - at `$.repeat`"),
        (item(LabelKind.BINARY), {"judge": ""}, "E1945 FILE:1: expected `str` of length >= 1 - at `$.judge`"),
        (item(LabelKind.BINARY), {"winner": 1}, "E1945 FILE:1: object contains unknown field `winner`"),
    ],
)
def test_what_is_no_judgement_of_its_item_is_named(tmp_path: Path, items: list[LabelledItem], line: dict[str, Any], problem: str) -> None:
    found = problems(written(tmp_path, {**JUDGED, **line}), items)[0]
    assert found.startswith(problem), found


def test_the_same_judgement_twice_is_refused_and_other_orders_repeats_and_judges_are_not(tmp_path: Path) -> None:
    pair = {**JUDGED, "verdict": "a"}
    fine = [pair, {**pair, "swapped": True}, {**pair, "repeat": 1}, {**pair, "judge": "k"}]
    assert len(read_judgements(written(tmp_path, *fine), item(LabelKind.PAIRWISE))) == 4
    assert problems(written(tmp_path, *fine, {**pair, "verdict": "b"}), item(LabelKind.PAIRWISE)) == [
        "E1946 FILE:5: judges 'a' again by 'j' in the given order as repeat 0; number repeated judgements by `repeat`"
    ]


def test_judgements_of_items_without_a_label_are_kept_without_a_value(tmp_path: Path) -> None:
    (found,) = read_judgements(written(tmp_path, {**JUDGED, "id": "other", "verdict": "whatever"}), item(LabelKind.BINARY))
    assert (found.item_id, found.value) == ("other", None)


def test_no_judgement_at_all_is_refused(tmp_path: Path) -> None:
    assert problems(written(tmp_path), item(LabelKind.BINARY)) == ["E1948 FILE: holds no judgement; write one judgement a line"]


@pytest.mark.parametrize(
    ("line", "valid"),
    [
        (BINARY, True),
        (GRADE, True),
        (PAIR, True),
        ({**PAIR, "metadata": {"rater": "me"}, "cluster": "c"}, True),
        ({**BINARY, "label": None}, False),
        ({**BINARY, "preferred": "a"}, False),
        ({**PAIR, "label": True}, False),
        ({**PAIR, "preferred": None}, False),
        ({**BINARY, "lable": 1}, False),
        ({"id": "a", "input": "q"}, False),
    ],
)
def test_schema_and_reader_agree_about_labels(tmp_path: Path, line: dict[str, Any], valid: bool) -> None:
    assert Draft202012Validator(label_schemas()["label"]).is_valid(line) is valid
    try:
        read_labels(written(tmp_path, line))
    except LabelsError:
        assert not valid
    else:
        assert valid


@pytest.mark.parametrize(("line", "valid"), [(JUDGED, True), ({**JUDGED, "repeat": -1}, False), ({**JUDGED, "x": 1}, False)])
def test_schema_and_reader_agree_about_judgements(tmp_path: Path, line: dict[str, Any], valid: bool) -> None:
    assert Draft202012Validator(label_schemas()["judgement"]).is_valid(line) is valid
