from __future__ import annotations

import json
import os
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.files import datasets as module
from goldfinch.adapters.files.datasets import FileDataset
from goldfinch.core.datasets import codes
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.datasets.limits import MAX_COUNTED_PROBLEMS, MAX_PROBLEMS
from goldfinch.core.errors import DatasetError, ExitCode


def _write(path: Path, *cases: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    return path


def _problems(*paths: Path | str) -> list[tuple[str, str]]:
    with pytest.raises(DatasetError) as caught:
        FileDataset(paths).check()
    assert caught.value.exit_code is ExitCode.USAGE
    return [(problem.code, str(problem)) for problem in caught.value.problems]


def _ids(*paths: Path) -> list[str]:
    return [case.id for case, _ in FileDataset(paths).cases()]


def _case(number: int, **keys: Any) -> dict[str, Any]:
    return {"id": f"c{number}", "input": f"question {number}", **keys}


def test_reads_a_case_with_its_hash(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", _case(1, expected={"answer": "x"}, tags=["t"], weight=2))
    [(case, content_hash)] = FileDataset([path]).cases()
    assert case == Case("c1", "question 1", expected=Expected(answer="x"), tags=("t",), weight=2.0)
    assert len(content_hash) == 32


def test_check_tells_name_count_fingerprint_and_own_trials(tmp_path: Path) -> None:
    path = _write(tmp_path / "golden.jsonl", _case(1, trials=3), _case(2), _case(3, trials=3))
    info = FileDataset([path]).check()
    assert (info.name, info.cases, info.paths, info.own_trials) == ("golden", 3, (str(path),), {3: 2})
    assert len(info.fingerprint) == 32


def test_the_fingerprint_depends_neither_on_order_nor_on_files(tmp_path: Path) -> None:
    cases = [_case(number) for number in range(20)]
    one = _write(tmp_path / "one.jsonl", *cases)
    random.Random(3).shuffle(cases)
    _write(tmp_path / "many" / "b.jsonl", *cases[:7])
    _write(tmp_path / "many" / "a.jsonl", *cases[7:])
    assert FileDataset([one]).check().fingerprint == FileDataset([tmp_path / "many"]).check().fingerprint


def test_an_edited_case_changes_the_fingerprint(tmp_path: Path) -> None:
    before = FileDataset([_write(tmp_path / "a.jsonl", _case(1), _case(2))]).check().fingerprint
    assert FileDataset([_write(tmp_path / "a.jsonl", _case(1), _case(2, critical=True))]).check().fingerprint != before


def test_a_duplicate_id_names_both_places(tmp_path: Path) -> None:
    one = _write(tmp_path / "a.jsonl", _case(1), _case(2))
    two = _write(tmp_path / "b.jsonl", _case(3), _case(1))
    assert _problems(one, two) == [(codes.DUPLICATE_ID, f"{two}:2 (case c1): the id stands twice; first at {one}:1; rename one")]


def test_every_later_place_of_an_id_is_a_problem(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", _case(1), _case(1), _case(1))
    assert [text.split(" ")[0] for _, text in _problems(path)] == [f"{path}:2", f"{path}:3"]


def test_ids_whose_keys_collide_are_no_duplicates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "key64", len)
    path = _write(tmp_path / "a.jsonl", _case(1), _case(2), _case(3))
    assert FileDataset([path]).check().cases == 3
    path = _write(tmp_path / "a.jsonl", _case(1), _case(2), _case(1), _case(3))
    assert [text for _, text in _problems(path)] == [f"{path}:3 (case c1): the id stands twice; first at {path}:1; rename one"]


def test_problems_of_all_files_come_in_one_error_and_are_capped(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", *({"id": f"c{number}"} for number in range(MAX_PROBLEMS + 7)))
    other = _write(tmp_path / "b.jsonl", {"id": "CON", "input": 1})
    found = _problems(path, other)
    assert len(found) == MAX_PROBLEMS + 1
    assert found[0] == (codes.MISSING_KEY, f"{path}:1 (case c0): `input` is missing; add it")
    assert found[-1] == (codes.MANY, "and 8 more problems; correct these first")


def test_a_file_full_of_problems_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", *({"id": f"c{number}"} for number in range(MAX_COUNTED_PROBLEMS * 2)))
    assert _problems(path)[-1] == (codes.MANY, f"and {MAX_COUNTED_PROBLEMS - MAX_PROBLEMS} more problems or more; correct these first")


def test_more_duplicates_than_are_shown_are_counted(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", *(_case(1) for _ in range(MAX_PROBLEMS + 4)))
    assert _problems(path)[-1] == (codes.MANY, "and 3 more problems; correct these first")


def test_the_error_has_the_code_of_its_first_problem(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="does not exist") as caught:
        FileDataset([tmp_path / "no"]).check()
    assert caught.value.code == codes.MISSING_PATH


def test_cases_stops_at_the_first_problem(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", _case(1), {"id": "c2"}, _case(3))
    cases = FileDataset([path]).cases()
    assert next(cases)[0].id == "c1"
    with pytest.raises(DatasetError, match="`input` is missing"):
        next(cases)


@pytest.mark.parametrize(
    ("name", "content"), [("a.jsonl", b""), ("a.jsonl", b"\n \n"), ("a.yaml", b""), ("a.yaml", b"# no\n"), ("a.yaml", b"[]")]
)
def test_an_empty_file_is_a_problem(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert _problems(path) == [(codes.EMPTY, f"{path}: holds no case; add a case or leave the file out")]


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    tmp_path.joinpath("README.md").write_text("nothing")
    assert _problems(tmp_path)[0][0] == codes.EMPTY


def test_no_path_at_all_is_a_problem() -> None:
    assert _problems()[0][0] == codes.EMPTY


def test_a_file_of_unknown_format_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("[]")
    assert _problems(path) == [(codes.UNREADABLE, f"{path}: is of no known format; use one of .jsonl, .yaml, .yml, .csv")]


@pytest.mark.skipif(os.name == "nt", reason="needs named pipes")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    os.mkfifo(path)
    assert _problems(path) == [(codes.UNREADABLE, f"{path}: is not a plain file; give a file or a folder")]


def test_files_of_a_folder_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    _write(tmp_path / "b.jsonl", _case(2))
    _write(tmp_path / "a" / "z.jsonl", _case(1))
    tmp_path.joinpath("c.yaml").write_text("- {id: c3, input: x}")
    tmp_path.joinpath("d.csv").write_text("id,input\nc4,x\n")
    _write(tmp_path / ".hidden.jsonl", _case(9))
    assert _ids(tmp_path) == ["c1", "c2", "c3", "c4"]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.jsonl", _case(1))
    assert _ids(path, tmp_path, path) == ["c1"]


def test_the_manifest_names_the_dataset_picks_files_and_gives_defaults(tmp_path: Path) -> None:
    _write(tmp_path / "b" / "x.jsonl", _case(1, expected={"must_include": ["own"]}), _case(2, weight=1))
    _write(tmp_path / "a.jsonl", _case(3))
    _write(tmp_path / "left_out.jsonl", _case(4))
    tmp_path.joinpath("dataset.yaml").write_text(
        "schema_version: 1\nname: golden\ndescription: d\nfiles: [b/*.jsonl, a.jsonl]\n"
        "defaults: {weight: 3, expected: {rubric: be kind, must_include: [default]}}\n"
    )
    cases = [case for case, _ in FileDataset([tmp_path]).cases()]
    assert [(case.id, case.weight, case.expected.must_include, case.expected.rubric) for case in cases] == [
        ("c1", 3.0, ("own",), "be kind"),
        ("c2", 1.0, ("default",), "be kind"),
        ("c3", 3.0, ("default",), "be kind"),
    ]
    assert FileDataset([tmp_path]).check().name == "golden"


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("*.jsonl", ["c1"]),
        ("**/*.jsonl", ["c1", "c2", "c3"]),
        ("s/?.jsonl", ["c2"]),
        ("./s/**/*.jsonl", ["c2", "c3"]),
        ("s/*/*.jsonl", ["c3"]),
    ],
)
def test_patterns_stay_within_a_folder_unless_they_say_otherwise(tmp_path: Path, pattern: str, matching: list[str]) -> None:
    _write(tmp_path / "a.jsonl", _case(1))
    _write(tmp_path / "s" / "b.jsonl", _case(2))
    _write(tmp_path / "s" / "t" / "c.jsonl", _case(3))
    tmp_path.joinpath("dataset.yaml").write_text(json.dumps({"files": [pattern]}))
    assert sorted(_ids(tmp_path)) == matching


@pytest.mark.parametrize(
    ("manifest", "code", "message"),
    [
        ("nme: x", codes.UNKNOWN_KEY, "`nme` is not a known key; did you mean `name`?"),
        ("[1]", codes.BAD_MANIFEST, "must be an object"),
        ("schema_version: 2", codes.BAD_MANIFEST, "`schema_version` must be 1"),
        ("name: 3", codes.WRONG_TYPE, "`name` must be text"),
        ("files: a.jsonl", codes.WRONG_TYPE, "`files` must be a list of file names or patterns"),
        ("files: []", codes.WRONG_TYPE, "`files` must be a list of file names or patterns"),
        ("files: [no.jsonl]", codes.MISSING_PATH, "'no.jsonl' matches no case file"),
        ("defaults: {id: x}", codes.UNKNOWN_KEY, "`defaults.id` is not a known key"),
        ("defaults: {weight: -1}", codes.OUT_OF_RANGE, "`defaults.weight` must be a finite number above 0"),
        ("a: [", codes.SYNTAX, "is not valid YAML"),
        ("--- {}\n--- {}", codes.SYNTAX, "holds more than one document"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(tmp_path: Path, manifest: str, code: str, message: str) -> None:
    _write(tmp_path / "a.jsonl", _case(1))
    tmp_path.joinpath("dataset.yaml").write_text(manifest)
    found_code, text = _problems(tmp_path)[0]
    assert found_code == code
    assert message in text
    assert str(tmp_path / "dataset.yaml") in text


@pytest.mark.parametrize(
    "pattern", ["../outside.jsonl", "a/../../outside.jsonl", "/etc/passwd", "C:/x.jsonl", "..\\x.jsonl", "~/x.jsonl", "\\\\host\\x"]
)
def test_a_manifest_cannot_reach_out_of_its_folder(tmp_path: Path, pattern: str) -> None:
    _write(tmp_path / "outside.jsonl", _case(1))
    _write(tmp_path / "in" / "a.jsonl", _case(2))
    tmp_path.joinpath("in", "dataset.yaml").write_text(json.dumps({"files": [pattern, "a.jsonl"]}))
    [(code, text)] = _problems(tmp_path / "in")
    assert code == codes.OUTSIDE
    assert "leads out of the folder" in text


@pytest.mark.parametrize("link", ["in/link.jsonl", "in/dataset.yaml", "in/folder"])
def test_links_in_a_folder_are_refused(tmp_path: Path, link: str) -> None:
    _write(tmp_path / "outside" / "secret.jsonl", _case(1))
    _write(tmp_path / "in" / "a.jsonl", _case(2))
    tmp_path.joinpath(link).symlink_to(tmp_path / "outside" / ("" if link.endswith("folder") else "secret.jsonl"))
    [(code, text)] = _problems(tmp_path / "in")
    assert code == codes.OUTSIDE
    assert text.startswith(f"{tmp_path / link}: is a symbolic link")


@pytest.mark.parametrize("target", ["real.jsonl", "folder"])
def test_a_path_that_is_a_link_itself_is_refused(tmp_path: Path, target: str) -> None:
    _write(tmp_path / "real.jsonl", _case(1))
    _write(tmp_path / "folder" / "a.jsonl", _case(2))
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / target)
    assert _problems(link)[0][0] == codes.OUTSIDE


def test_a_second_manifest_in_a_subfolder_is_a_problem(tmp_path: Path) -> None:
    _write(tmp_path / "s" / "a.jsonl", _case(1))
    tmp_path.joinpath("s", "dataset.yaml").write_text("name: x")
    assert _problems(tmp_path)[0][0] == codes.BAD_MANIFEST


def test_reading_holds_no_more_than_a_few_bytes_a_case(tmp_path: Path) -> None:
    def peak(cases: int) -> int:
        path = tmp_path / f"{cases}.jsonl"
        with path.open("w") as file:
            file.writelines(f'{{"id":"c{number}","input":"{"x" * 200}"}}\n' for number in range(cases))
        tracemalloc.start()
        try:
            assert FileDataset([path]).check().cases == cases
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(20_000) < 3_000_000
    assert peak(60_000) - peak(20_000) < 40_000 * 64


TWO_CASES = """
{"id": "a", "input": "x", "weight": 2, "tags": ["t"], "expected": {"answer": ["p", "q"], "numbers": [{"value": 1}]}}

{"id":"b","input":{"messages":[]},"trials":3,"budget":{"cost_usd":1},"expected":{"tools":[{"name":"f"}],"json":{"k":1.0}}}"""
WITH_BOM = '\ufeff{"id": "a", "input": "x"}\r\n{"id": "b", "input": null, "metadata": {"deep": [1, 2.5, null]}}\r\n'


@pytest.mark.parametrize("text", [TWO_CASES, WITH_BOM])
def test_a_checked_file_is_read_again_to_equal_cases_and_hashes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "golden.jsonl"
    path.write_bytes(text.encode())
    checked = FileDataset([path])
    checked.check()
    assert list(checked.cases()) == list(FileDataset([path]).cases())


def test_a_file_that_changed_after_the_check_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    path.write_text('{"id": "a", "input": "x"}\n')
    dataset = FileDataset([path])
    dataset.check()
    path.write_text('{"id": "a", "input": "xy"}\n')
    with pytest.raises(DatasetError) as refused:
        list(dataset.cases())
    assert refused.value.code == "E1217"


def test_a_file_that_changes_while_it_is_read_is_refused_not_misread(tmp_path: Path) -> None:
    path = tmp_path / "golden.jsonl"
    path.write_text("".join(f'{{"id": "c{n}", "input": "{"x" * 500}"}}\n' for n in range(1000)))
    dataset = FileDataset([path])
    dataset.check()
    cases = dataset.cases()
    next(cases)
    with path.open("r+") as file:
        file.truncate(300_100)
    with pytest.raises(DatasetError) as refused:
        list(cases)
    assert refused.value.code == "E1217"
