"""Files of other tools are read within limits; what is hostile or broken is one clear refusal."""

from __future__ import annotations

import json
import struct
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.files.importing import archives, reading
from goldfinch.adapters.files.importing import json_documents as documents
from goldfinch.adapters.files.importing.reading import read_document
from goldfinch.core.datasets import codes as dataset_codes
from goldfinch.core.errors import DatasetError
from goldfinch.core.importing import codes
from goldfinch.core.importing.document import Refused

HEADER = {"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}}
SAMPLE = {"id": 1, "epoch": 1, "input": "q", "target": "a", "events": [{"x": 1}]}


def refused(path: Path) -> str:
    with pytest.raises(DatasetError) as error:
        read_document(str(path))
    (problem,) = error.value.problems
    assert problem.where.startswith(str(path))
    assert "\n" not in str(problem)
    return problem.code


def archive(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def log(**samples: bytes) -> dict[str, bytes]:
    return {"header.json": json.dumps(HEADER).encode(), **{f"samples/{name}.json": content for name, content in samples.items()}}


def test_a_log_is_read_without_its_events(tmp_path: Path) -> None:
    document = read_document(str(archive(tmp_path / "a.eval", log(one=json.dumps(SAMPLE).encode()))))
    assert document.form == "inspect"
    assert document.value["samples"] == [{key: value for key, value in SAMPLE.items() if key != "events"}]


def test_a_run_that_was_interrupted_has_its_header_in_the_journal(tmp_path: Path) -> None:
    files = log(one=json.dumps(SAMPLE).encode())
    files["_journal/start.json"] = files.pop("header.json")
    assert read_document(str(archive(tmp_path / "a.eval", files))).value["eval"] == HEADER["eval"]


def test_a_log_as_json_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({**HEADER, "samples": [SAMPLE]}).replace('"x": 1', '"x": NaN'))
    packed = archive(tmp_path / "a.eval", log(one=json.dumps(SAMPLE).encode()))
    assert read_document(str(tmp_path / "a.json")).value == read_document(str(packed)).value


@pytest.mark.parametrize(
    "name",
    ["../header.json", "/etc/passwd", "samples/../../x.json", "..\\x.json", "C:\\x.json"],
    ids=["up", "root", "within", "windows", "drive"],
)
def test_an_archive_that_leads_out_of_itself_is_refused(tmp_path: Path, name: str) -> None:
    assert refused(archive(tmp_path / "a.eval", {**log(), name: b"{}"})) == codes.BAD_ARCHIVE


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = archive(tmp_path / "a.eval", log(bomb=b"0" * (50 * 1024 * 1024)))
    tracemalloc.start()
    try:
        assert refused(bomb) == codes.BAD_ARCHIVE
        assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_bomb_that_hides_its_size_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.eval", log(bomb=b"0" * (8 * 1024 * 1024)))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = content.rfind(mark)
        struct.pack_into("<I", content, place + offset, 10)
    path.write_bytes(content)
    assert refused(path) == codes.BAD_ARCHIVE


def test_a_file_that_unpacks_to_more_than_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_DOCUMENT_BYTES", 1000)
    assert refused(archive(tmp_path / "a.eval", log(one=b" " * 2000))) == codes.BAD_ARCHIVE


def test_many_files_that_unpack_to_too_much_together_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_ARCHIVE_BYTES", 3000)
    sample = json.dumps({**SAMPLE, "events": ["x" * 900]}).encode()
    assert refused(archive(tmp_path / "a.eval", log(one=sample, two=sample, three=sample, four=sample))) == codes.BAD_ARCHIVE


def test_what_is_kept_of_a_log_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_KEPT_BYTES", 1000)
    sample = json.dumps({**SAMPLE, "input": "x" * 900}).encode()
    assert refused(archive(tmp_path / "a.eval", log(one=sample, two=sample))) == codes.TOO_MUCH


def test_a_list_of_files_of_any_length_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_ARCHIVE_DIRECTORY_BYTES", 500)
    assert refused(archive(tmp_path / "a.eval", {**log(), **{f"x{number}": b"" for number in range(100)}})) == codes.BAD_ARCHIVE


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"other.json": b"{}"}, codes.NOT_OF_FORMAT),
        ({"header.json": b"[]"}, codes.NOT_OF_FORMAT),
        ({"header.json": b"{"}, dataset_codes.SYNTAX),
        (log(one=b"3"), codes.NOT_OF_FORMAT),
        (log(one=b"{"), dataset_codes.SYNTAX),
        (log(one=b'{"input": ' + b"[" * 2000), dataset_codes.LIMIT),
        (log(one=b"\xff"), dataset_codes.BAD_UTF8),
    ],
    ids=["no-header", "list", "torn-header", "number", "torn", "deep", "not-utf-8"],
)
def test_a_damaged_log_is_refused(tmp_path: Path, files: dict[str, bytes], code: str) -> None:
    assert refused(archive(tmp_path / "a.eval", files)) == code


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 100, b"no archive", b""])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.eval").write_bytes(content)
    assert refused(tmp_path / "a.eval") == codes.BAD_ARCHIVE


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python 3.14 reads Zstandard by itself")
def test_without_its_extra_a_log_in_zstandard_says_what_to_install(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    with pytest.raises(DatasetError) as error:
        read_document(str(root / "tests/data/importing/inspect/support.eval"))
    assert error.value.problems[0].code == codes.NO_ZSTD
    assert "pip install 'goldfinch-ci[inspect]'" in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.json", b"{", dataset_codes.SYNTAX),
        ("a.json", b'{"a": 1, "a": 2}', dataset_codes.DUPLICATE_KEY),
        ("a.json", b'{"a": NaN, "a": 2}', dataset_codes.SYNTAX),
        ("a.json", b"[" * 100, dataset_codes.LIMIT),
        ("a.json", b"\xff", dataset_codes.BAD_UTF8),
        ("a.jsonl", b'{"a": 1}\n{', dataset_codes.SYNTAX),
        ("a.yaml", b"a: &x [*x]", dataset_codes.SYNTAX),
        ("a.yaml", b"!!python/object/apply:os.system ['x']", dataset_codes.SYNTAX),
        ("a.csv", b'a,b\n"1', dataset_codes.SYNTAX),
        ("a.csv", b"a,a\n1,2", dataset_codes.DUPLICATE_KEY),
        ("a.csv", b"a\n1,2", dataset_codes.SYNTAX),
        ("a.csv", b"", dataset_codes.EMPTY),
        ("a.xlsx", b"x", dataset_codes.UNREADABLE),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert refused(tmp_path / name) == code


def test_links_folders_and_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("{}")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    (tmp_path / "folder.json").mkdir()
    assert refused(tmp_path / "link.json") == dataset_codes.OUTSIDE
    assert refused(tmp_path / "folder.json") == dataset_codes.UNREADABLE
    assert refused(tmp_path / "none.json") == dataset_codes.MISSING_PATH
    assert refused(tmp_path / "none.xyz") == dataset_codes.MISSING_PATH


def test_large_documents_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text(json.dumps(["x" * 100]))
    monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 50)
    assert refused(tmp_path / "a.json") == dataset_codes.LIMIT
    monkeypatch.setattr(documents, "MAX_DOCUMENT_BYTES", 5000)
    monkeypatch.setattr(documents, "MAX_DOCUMENT_VALUES", 3)
    (tmp_path / "b.json").write_text(json.dumps([1, 2, 3, 4, 5]))
    assert refused(tmp_path / "b.json") == dataset_codes.LIMIT


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"a": "' + "x" * 600 + '"}\n{"a": "' + "x" * 600 + '"}\n'),
        ("a.csv", "a\n" + "x" * 600 + "\n" + "x" * 600 + "\n"),
        ("a.yaml", "a: &x " + "x" * 300 + "\nb: [*x, *x, *x, *x]\n"),
    ],
)
def test_what_all_rows_and_aliases_keep_together_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str
) -> None:
    monkeypatch.setattr(reading, "MAX_KEPT_BYTES", 1000)
    (tmp_path / name).write_text(content)
    assert refused(tmp_path / name) == codes.TOO_MUCH


def test_half_surrogates_and_nan_of_other_tools_are_mended(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": "\\ud83d", "b": NaN, "c": -Infinity}\n')
    assert read_document(str(tmp_path / "a.jsonl")).value == [{"a": "\ufffd", "b": None, "c": None}]


@pytest.fixture
def config(tmp_path: Path) -> Callable[[Any], dict[str, Any]]:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "tests").mkdir()
    (folder / "tests" / "a.yaml").write_text("- vars: {q: file://doc.txt}\n")
    (folder / "tests" / "b.jsonl").write_text('{"vars": {"q": "1"}}\n')
    (folder / "doc.txt").write_text(" Text.\n")
    (folder / "schema.json").write_text('{"type": "object"}')
    (tmp_path / "secret.yaml").write_text("- vars: {q: secret}\n")
    (folder / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (folder / "away").symlink_to(tmp_path)

    def found(value: Any) -> dict[str, Any]:
        (folder / "c.json").write_text(json.dumps(value))
        return {
            name: behind.why if isinstance(behind, Refused) else [one.label for one in behind]
            for name, behind in read_document(str(folder / "c.json")).files.items()
        }

    return found


def test_files_that_a_configuration_names_are_read_and_those_in_them_too(config: Callable[[Any], dict[str, Any]]) -> None:
    assert config({"tests": "file://tests/*.yaml", "prompts": ["doc.txt"], "x": {"value": "file://schema.json"}}) == {
        "file://tests/*.yaml": ["tests/a.yaml"],
        "file://doc.txt": ["doc.txt"],
        "doc.txt": ["doc.txt"],
        "file://schema.json": ["schema.json"],
    }


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("file://../secret.yaml", "outside the folder"),
        ("file:///etc/hosts.txt", "outside the folder"),
        ("file://~/x.yaml", "outside the folder"),
        ("file://away/secret.yaml", "outside the folder"),
        ("file://away/*.yaml", "outside the folder"),
        ("file://link.yaml", "outside the folder"),
        ("file://gen.py:tests", "code"),
        ("file://gen.js", "code"),
        ("https://docs.google.com/spreadsheets/x", "not on this machine"),
        ("file://a.pdf", "format is not read"),
        ("file://{{x}}.txt", "template"),
        ("file://none.yaml", "no such file"),
        ("file://\0.yaml", ""),
    ],
)
def test_a_name_that_leads_elsewhere_is_not_followed(config: Callable[[Any], dict[str, Any]], name: str, why: str) -> None:
    said = config({"tests": [name]})[name]
    assert isinstance(said, str)
    assert why in said


def test_files_that_name_each_other_are_read_once(config: Callable[[Any], dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "config" / "loop.yaml").write_text("- vars: {q: file://loop.yaml}\n")
    assert config({"tests": "file://loop.yaml"}) == {"file://loop.yaml": ["loop.yaml"]}
