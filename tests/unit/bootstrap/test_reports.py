from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import TextIO

import pytest

from goldfinch.bootstrap import reports
from goldfinch.core.errors import ConfigurationError, InfrastructureError, UsageError
from goldfinch.core.results.report import Report
from goldfinch.operations.report import RunRecords, build_report
from goldfinch.ports.reporter import EveryCase
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest


@dataclass(frozen=True)
class OneLine:
    """A reporter as a plug-in package would write it."""

    file_name: str = "one.txt"

    def write(self, report: Report, every_case: EveryCase, out: TextIO) -> None:
        out.write(report.manifest.run_id)


class NoReporter:
    """Has nothing of a reporter."""


@pytest.fixture
def _plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    here = "test_reports_plugin"
    module = type(reports)(here)
    module.OneLine, module.NoReporter = OneLine, NoReporter  # type: ignore[attr-defined]
    monkeypatch.setitem(__import__("sys").modules, here, module)
    named = {"one-line": "OneLine", "broken": "Missing", "wrong": "NoReporter", "json": "NoReporter"}
    found = [EntryPoint(name, f"{here}:{target}", reports.PLUGIN_GROUP) for name, target in named.items()]
    monkeypatch.setattr(reports, "entry_points", lambda group: found if group == reports.PLUGIN_GROUP else [])


@pytest.mark.parametrize(
    ("name", "file_name"), [("text", "report.txt"), ("markdown", "summary.md"), ("json", "report.json"), ("junit", "junit.xml")]
)
def test_each_shipped_format_has_its_file(name: str, file_name: str) -> None:
    assert reports.load_reporter(name).file_name == file_name


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no report format 'pdf'; known: text, markdown, json, junit") as caught:
        reports.load_reporter("pdf")
    assert caught.value.code == "E1801"


@pytest.mark.usefixtures("_plugins")
def test_a_package_can_add_a_format_and_not_replace_one() -> None:
    assert reports.formats() == ["text", "markdown", "json", "junit", "html", "broken", "one-line", "wrong"]
    assert reports.load_reporter("one-line").file_name == "one.txt"
    assert reports.load_reporter("json").file_name == "report.json"


@pytest.mark.usefixtures("_plugins")
@pytest.mark.parametrize("name", ["broken", "wrong"])
def test_a_broken_format_names_itself(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"the report format '{name}'") as caught:
        reports.load_reporter(name)
    assert caught.value.code == "E1802"


def test_a_dataset_that_is_not_here_is_none() -> None:
    assert reports.dataset_of(sample_manifest(text="-nowhere")) is None


def test_a_file_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    run = InMemoryRun(sample_manifest(cases=0))
    records = RunRecords(run)
    occupied = tmp_path / "file"
    occupied.write_text("")
    with pytest.raises(InfrastructureError, match="cannot write") as caught:
        reports.write_report_file(OneLine(), build_report(run, records), records.cases, occupied / "summary.md")
    assert caught.value.code == "E1803"


@pytest.mark.parametrize("path", ["x" * 300, "null\0byte", "half \ud83d pair"])
def test_a_dataset_that_no_file_can_be_is_not_at_hand(path: str) -> None:
    manifest = sample_manifest()
    assert reports.dataset_of(replace(manifest, dataset=replace(manifest.dataset, paths=(path,)))) is None
