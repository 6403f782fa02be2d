from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TextIO
from xml.etree import ElementTree as ET

import pytest

from goldfinch.adapters.reports.junit import JUnitReporter
from goldfinch.core.results.case_result import CaseResult, case_results
from goldfinch.operations.report import RunRecords, build_report
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_record

Render = Callable[..., str]

# jenkinsci/xunit-plugin, src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd, as far as it concerns us:
# element -> (required attributes, optional attributes, children).
XSD: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors", "disabled"}, {"testsuite"}),
    "testsuite": (
        {"name"},
        {
            "tests",
            "failures",
            "errors",
            "time",
            "disabled",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
            "version",
        },
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"classname", "time", "assertions", "status", "class", "file", "line", "group", "url"},
        {"skipped", "error", "failure", "system-out", "system-err", "properties"},
    ),
    "skipped": (set(), {"message", "type"}, set()),
    "error": (set(), {"message", "type"}, set()),
    "failure": (set(), {"message", "type"}, set()),
    "system-out": (set(), set(), set()),
}


def valid(root: ET.Element) -> bool:
    for element in root.iter():
        required, optional, children = XSD[element.tag]
        assert required <= set(element.attrib) <= required | optional, element.tag
        assert {child.tag for child in element} <= children, element.tag
    return True


def parsed(text: str) -> ET.Element:
    root = ET.fromstring(text.encode())
    assert valid(root)
    suite = root.find("testsuite")
    assert suite is not None
    found = Counter(child.tag for case in suite.iter("testcase") for child in case)
    counts = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    expected = {
        "tests": len(list(suite.iter("testcase"))),
        "failures": found["failure"],
        "errors": found["error"],
        "skipped": found["skipped"],
    }
    assert counts == expected
    return root


def outcomes(root: ET.Element) -> dict[str, str]:
    kinds = ("failure", "error", "skipped")
    return {case.attrib["name"]: next((child.tag for child in case if child.tag in kinds), "passed") for case in root.iter("testcase")}


def test_each_case_is_a_test_case(render: Render, finished_run: InMemoryRun) -> None:
    root = parsed(render(finished_run, "junit"))
    assert outcomes(root) == {"refund-1": "passed", "refund-2": "failure", "tone-3": "failure", "ship-4": "passed"}
    failure = root.find(".//testcase[@name='tone-3']/failure")
    assert failure is not None
    assert failure.attrib == {"message": "timeout: no answer within 120 s", "type": "timeout"}
    headline = root.find(".//property[@name='headline']")
    assert headline is not None
    assert headline.attrib["value"] == "2 of 4 cases passed (50.0 %, 95 % CI 15.0–85.0)"


def test_missing_evidence_and_an_unfinished_run_are_errors(render: Render, incomplete_run: InMemoryRun) -> None:
    root = parsed(render(incomplete_run, "junit"))
    assert outcomes(root) == {"run": "error", "refund-1": "passed", "refund-2": "error", "tone-3": "error"}
    error = root.find(".//testcase[@name='run']/error")
    assert error is not None
    assert error.attrib["message"] == "incomplete: 2/6 cases, provider 429"


def test_a_run_without_records_is_not_green(render: Render, empty_run: InMemoryRun) -> None:
    assert outcomes(parsed(render(empty_run, "junit"))) == {"run": "error"}


def test_trials_are_listed_and_a_case_that_lacks_some_is_skipped(render: Render, repeated_run: InMemoryRun) -> None:
    root = parsed(render(repeated_run, "junit"))
    assert outcomes(root) == {"run": "error", "flaky": "failure", "young": "skipped"}
    trials = root.findtext(".//testcase[@name='flaky']/system-out")
    assert trials == "2/3 trials passed\ntrial 0: passed\ntrial 1: failed: accuracy 0.00: the refund is not mentioned\ntrial 2: passed\n"
    skipped = root.find(".//testcase[@name='young']/skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "only 2 of 3 trials are there"


class Discard:
    """Counts what is written and keeps nothing."""

    def __init__(self) -> None:
        self.characters = 0

    def write(self, text: str) -> int:
        self.characters += len(text)
        return len(text)


@pytest.mark.parametrize("count", [200, 20_000])
def test_a_large_run_is_streamed(finished_run: InMemoryRun, count: int) -> None:
    report = build_report(finished_run, RunRecords(finished_run))

    def many() -> Iterator[CaseResult]:
        return case_results(sample_record(f"case-{number}", 0.0) for number in range(count))

    out = Discard()
    tracemalloc.start()
    try:
        JUnitReporter().write(report, many, _as_text(out))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert out.characters > 100 * count
    assert peak < 300_000


def _as_text(out: Discard) -> TextIO:
    return out  # type: ignore[return-value]


def test_suite_counts_are_those_of_all_cases_not_of_the_shown(render: Render) -> None:
    run = InMemoryRun(sample_manifest(cases=300))
    run.score_lines = [sample_record(f"case-{number}", number % 2) for number in range(300)]
    assert parsed(render(run, "junit")).attrib["failures"] == "150"
