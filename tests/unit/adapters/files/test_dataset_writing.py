from __future__ import annotations

import os
import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldfinch.adapters.files import dataset_writing
from goldfinch.adapters.files.dataset_writing import open_case_sink
from goldfinch.adapters.files.datasets import FileDataset
from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case, CaseBudget, Expected, NumberExpectation, ToolExpectation
from goldfinch.core.datasets.validation import problems_of
from goldfinch.core.errors import UsageError

TEXT = st.text(max_size=8) | st.sampled_from(
    ["yes", "null", "1.0", "0o7", "1e5", "=1+1", "-", "a|b", "[x]", " x ", "\r", "\x00", "\u2028", "~", "<<", ""]
)
NUMBER = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT, lambda i: st.lists(i, max_size=3) | st.dictionaries(TEXT, i, max_size=3), max_leaves=6
)
LISTS = st.lists(TEXT, max_size=3).map(tuple)
SIZE = st.none() | st.floats(0, 1e9)
COUNT = st.none() | st.integers(0, 10**9)
EXPECTED = st.builds(
    Expected,
    answer=st.none() | TEXT | LISTS,
    must_include=LISTS,
    must_not_include=LISTS,
    numbers=st.lists(st.builds(NumberExpectation, st.floats(-1e9, 1e9), st.floats(0, 9), st.floats(0, 1), TEXT), max_size=2).map(tuple),
    json=JSON,
    tools=st.none()
    | st.lists(st.builds(ToolExpectation, TEXT, st.none() | st.dictionaries(TEXT, JSON, max_size=2)), max_size=2).map(tuple),
    tool_order=st.sampled_from(["exact", "in_order", "any_order", "subset"]),
    rubric=st.none() | TEXT,
)
CASES = st.builds(
    Case,
    id=st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=12),
    input=JSON.filter(lambda value: value is not None),
    context=JSON,
    expected=EXPECTED,
    tags=LISTS,
    weight=st.floats(0.001, 1e6),
    critical=st.booleans(),
    trials=st.none() | st.integers(1, 99),
    budget=st.none() | st.builds(CaseBudget, SIZE, COUNT, COUNT, SIZE).filter(lambda budget: budget != CaseBudget()),
    metadata=st.dictionaries(TEXT, JSON, max_size=2),
).filter(lambda case: not problems_of(case))


def _write(path: Path, cases: list[Case]) -> Path:
    with open_case_sink(path, replace=True) as sink:
        for case in cases:
            sink.write(case)
    return path


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(cases=st.lists(CASES, min_size=1, max_size=4, unique_by=lambda case: case.id))
def test_every_format_gives_back_equal_cases_and_the_same_fingerprint(tmp_path_factory: pytest.TempPathFactory, cases: list[Case]) -> None:
    folder = tmp_path_factory.getbasetemp()
    datasets = [FileDataset([_write(folder / f"round{suffix}", cases)]) for suffix in (".jsonl", ".yaml", ".csv")]
    for dataset in datasets:
        assert [case for case, _ in dataset.cases()] == cases
    assert len({dataset.check().fingerprint for dataset in datasets}) == 1


def test_order_and_splitting_into_files_of_other_formats_keep_the_fingerprint(tmp_path: Path) -> None:
    cases = [Case(f"c{number}", {"n": number / 2, "t": "ü"}, weight=number + 1) for number in range(9)]
    one = FileDataset([_write(tmp_path / "one.jsonl", cases)]).check()
    parts = [_write(tmp_path / f"part{index}{suffix}", cases[index::3][::-1]) for index, suffix in enumerate((".csv", ".yaml", ".jsonl"))]
    assert FileDataset(parts[::-1]).check().fingerprint == one.fingerprint


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1+cmd", "@SUM(1)", "\tx"])
def test_no_csv_cell_begins_as_a_formula(tmp_path: Path, text: str) -> None:
    path = _write(tmp_path / "a.csv", [Case("a", text, expected=Expected(answer=text, rubric=text, must_include=(text,)), tags=(text,))])
    cells = path.read_text(encoding="utf-8").splitlines()[1].split(",")
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    assert next(FileDataset([path]).cases())[0].input == text


def test_an_existing_file_is_kept_unless_replacing_is_asked_for(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", [Case("a", 1)])
    with pytest.raises(UsageError, match="exists; give --force") as caught:
        open_case_sink(path)
    assert caught.value.code == codes.TARGET_EXISTS


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", [Case("a", "old")])
    before = path.read_bytes()
    sink = open_case_sink(path, replace=True)
    with pytest.raises(TypeError), sink:
        sink.write(Case("b", {1, 2}))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.csv"]


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("precious")
    link = tmp_path / "a.jsonl"
    link.symlink_to(target)
    _write(link, [Case("a", 1)])
    assert target.read_text() == "precious"
    assert not link.is_symlink()


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"end it with \.jsonl, \.yaml or \.csv"):
        open_case_sink(tmp_path / "a.xlsx")


def test_a_folder_that_cannot_be_made_is_an_error_in_words(tmp_path: Path) -> None:
    tmp_path.joinpath("file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        _write(tmp_path / "file" / "a.jsonl", [])


def test_yaml_beyond_what_can_be_read_again_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_writing, "MAX_YAML_BYTES", 200)
    with pytest.raises(UsageError, match=r"write \.jsonl instead"):
        _write(tmp_path / "a.yaml", [Case("a", "x" * 150), replace(Case("b", "x" * 150))])
    assert os.listdir(tmp_path) == []


def test_a_case_too_long_for_a_line_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dataset_writing, "MAX_CASE_BYTES", 100)
    with pytest.raises(UsageError, match="case a is longer than 100 bytes"):
        _write(tmp_path / "a.jsonl", [Case("a", "x" * 150)])
