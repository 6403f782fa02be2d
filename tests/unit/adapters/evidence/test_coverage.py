from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.evidence.coverage import read_coverage
from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates.evidence import Coverage, FileLines

DATA = Path(__file__).parents[3] / "data" / "evidence"


def cobertura(folder: Path, body: str, sources: str = "<source>/ci/src/agents</source>", name: str = "c.xml") -> Path:
    path = folder / name
    path.write_text(f"<coverage><sources>{sources}</sources><packages><package><classes>{body}</classes></package></packages></coverage>")
    return path


def a_class(filename: str, *hits: int) -> str:
    lines = "".join(f'<line number="{number}" hits="{count}"/>' for number, count in enumerate(hits, 1))
    return f'<class filename="{filename}"><methods/><lines>{lines}</lines></class>'


@pytest.mark.parametrize("group", ["prices", "label"])
def test_xml_and_json_of_coverage_py_say_the_same(group: str) -> None:
    xml, plain = (read_coverage(DATA / f"coverage-{group}.{kind}", group) for kind in ("xml", "json"))
    assert xml == plain
    assert sorted(xml.files) == ["src/app/__init__.py", "src/app/keys.py", "src/app/prices.py"]


def test_the_rate_is_that_of_coverage_py() -> None:
    stated = json.loads((DATA / "coverage-prices.json").read_text())["totals"]
    found = Coverage.combined([read_coverage(DATA / "coverage-prices.json")])
    assert (found.rate, found.lines) == (stated["covered_lines"] / stated["num_statements"], stated["num_statements"])


def test_two_groups_together_cover_what_either_covers() -> None:
    groups = [read_coverage(DATA / f"coverage-{name}.xml", name) for name in ("prices", "label")]
    combined = Coverage.combined(groups)
    rates = [Coverage.combined([group]).rate for group in groups]
    assert combined.rate is not None
    assert all(rate is not None and combined.rate >= rate for rate in rates)
    assert combined.lines == 13


def test_files_of_one_name_in_two_groups_stay_two(tmp_path: Path) -> None:
    """Every group owns an `__init__.py` (C36)."""
    agents = cobertura(tmp_path, a_class("__init__.py", 1, 1), name="a.xml")
    tools = cobertura(tmp_path, a_class("__init__.py", 0, 0), "<source>/ci/src/tools</source>", name="t.xml")
    combined = Coverage.combined([read_coverage(agents), read_coverage(tools)])
    assert (combined.lines, combined.rate, combined.empty_groups) == (4, 0.5, ("t",))


def test_paths_are_told_from_the_root(tmp_path: Path) -> None:
    path = cobertura(tmp_path, a_class("r.py", 1), f"<source>{tmp_path.as_posix()}/src/agents</source>")
    assert list(read_coverage(path, root=tmp_path).files) == ["src/agents/r.py"]
    assert list(read_coverage(path, root=tmp_path / "src").files) == ["agents/r.py"]
    assert list(read_coverage(path).files) == [f"{tmp_path.as_posix()}/src/agents/r.py"]


def test_of_several_sources_the_one_that_has_the_file_counts(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "r.py").write_text("")
    sources = f"<source>{tmp_path}/one</source><source>{tmp_path}/two</source>"
    found = read_coverage(cobertura(tmp_path, a_class("r.py", 1) + a_class("s.py", 0), sources))
    assert list(found.files) == [f"{tmp_path}/two/r.py", f"{tmp_path}/one/s.py"]


def test_a_line_below_its_method_and_below_its_class_is_one_line(tmp_path: Path) -> None:
    body = (
        '<class filename="A.java"><methods><method><lines><line number="1" hits="0"/></lines></method></methods>'
        '<lines><line number="1" hits="4"/></lines></class>'
    )
    (lines,) = read_coverage(cobertura(tmp_path, body)).files.values()
    assert lines == FileLines(frozenset({1}), frozenset({1}))


def test_a_report_without_a_line_measured_nothing(tmp_path: Path) -> None:
    group = read_coverage(cobertura(tmp_path, ""))
    assert group.measured_nothing
    assert Coverage.combined([group]).rate is None


@pytest.mark.parametrize("line", ['number="1"', 'hits="1"', 'number="x" hits="1"', 'number="1" hits="-1"', 'number="99999999" hits="1"'])
def test_a_line_without_its_figures_is_refused(line: str, tmp_path: Path) -> None:
    path = cobertura(tmp_path, f'<class filename="a.py"><lines><line {line}/></lines></class>')
    with pytest.raises(EvidenceUnreadable, match="without its number and its hits"):
        read_coverage(path)


@pytest.mark.parametrize(
    "document",
    [
        {"files": []},
        {"files": {"a.py": []}},
        {"files": {"a.py": {"executed_lines": [1]}}},
        {"files": {"a.py": {"executed_lines": [1.5], "missing_lines": []}}},
        {"files": {"a.py": {"executed_lines": [1, 1], "missing_lines": []}}},
        {"files": {"a.py": {"executed_lines": ["1"], "missing_lines": []}}},
    ],
)
def test_json_that_is_no_coverage_is_refused(document: Any, tmp_path: Path) -> None:
    path = tmp_path / "coverage.json"
    path.write_text(json.dumps(document))
    with pytest.raises(EvidenceUnreadable, match="coverage report"):
        read_coverage(path)


def test_a_group_is_called_by_its_file_in_one_line(tmp_path: Path) -> None:
    assert read_coverage(cobertura(tmp_path, "", name="a\nb.xml")).name == "a b"


def test_paths_of_windows_are_paths(tmp_path: Path) -> None:
    path = tmp_path / "coverage.json"
    path.write_text(json.dumps({"files": {"src\\a.py": {"executed_lines": [1], "missing_lines": []}}}))
    assert list(read_coverage(path).files) == ["src/a.py"]


def test_xml_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.xml"
    path.write_text("<testsuite/>")
    with pytest.raises(EvidenceUnreadable, match="begins with <testsuite>"):
        read_coverage(path)
