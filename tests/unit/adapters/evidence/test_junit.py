from __future__ import annotations

from pathlib import Path

import pytest

from goldfinch.adapters.evidence.junit import read_junit
from goldfinch.core.errors import EvidenceUnreadable
from goldfinch.core.gates.evidence import TestTotals

DATA = Path(__file__).parents[3] / "data" / "evidence"


def totals(folder: Path, *texts: str) -> TestTotals:
    paths = [folder / f"junit-{number}.xml" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return read_junit(paths)


def test_files_of_pytest_become_one_total() -> None:
    found = read_junit([DATA / "junit-prices.xml", DATA / "junit-label.xml"])
    assert (found.tests, found.failed, found.errors, found.skipped, found.files) == (5, 1, 1, 1, 2)
    assert [spot.where for spot in found.first] == ["tests.test_prices.test_label_has_the_currency", "tests.test_prices.test_shop"]
    assert found.first[0].text == "AssertionError: assert '$3' == '€3' - €3 + $3"


def test_a_file_that_is_given_twice_counts_once() -> None:
    assert read_junit([DATA / "junit-label.xml"] * 3).tests == 1


def test_a_suite_that_says_more_failed_than_its_tests_show_is_believed(tmp_path: Path) -> None:
    """A runner that crashed between two tests has an error that belongs to none."""
    found = totals(tmp_path, '<testsuite tests="2" errors="1" failures="0"><testcase name="a"/><testcase name="b"/></testsuite>')
    assert (found.tests, found.errors, found.failed) == (2, 1, 0)


def test_totals_of_suites_inside_a_suite_are_not_added_twice(tmp_path: Path) -> None:
    inner = '<testsuite failures="1"><testcase name="a"><failure message="no"/></testcase></testsuite>'
    found = totals(tmp_path, f'<testsuites><testsuite failures="1">{inner}</testsuite>{inner}</testsuites>')
    assert (found.tests, found.failed) == (2, 2)


def test_a_test_that_failed_twice_counts_once(tmp_path: Path) -> None:
    found = totals(tmp_path, '<testsuite><testcase name="a"><failure/><error message="tear-down"/></testcase></testsuite>')
    assert (found.failed, found.errors) == (1, 0)
    assert found.first[0].text == "failed"


def test_a_report_without_a_test_is_read_and_has_none(tmp_path: Path) -> None:
    assert totals(tmp_path, "<testsuites/>").tests == 0


def test_properties_and_output_of_a_test_are_no_results(tmp_path: Path) -> None:
    text = '<testsuite><testcase name="a"><system-out>failure</system-out></testcase><system-err>error</system-err><error/></testsuite>'
    found = totals(tmp_path, text)
    assert (found.tests, found.failed, found.errors) == (1, 0, 0)


@pytest.mark.parametrize("count", ["-1", "x", "1e3", "99999999999999999999", "１"])
def test_a_total_that_is_no_count_is_refused(count: str, tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnreadable, match="is no count"):
        totals(tmp_path, f'<testsuite failures="{count}"/>')


@pytest.mark.parametrize("text", ["<coverage/>", "<html><testsuite/></html>", "<testcase/>"])
def test_xml_of_something_else_is_no_junit(text: str, tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnreadable, match="begins with"):
        totals(tmp_path, text)


def test_a_cut_file_says_where(tmp_path: Path) -> None:
    with pytest.raises(EvidenceUnreadable) as caught:
        totals(tmp_path, '<testsuite>\n<testcase name="a"/>\n<testca')
    assert "junit-0.xml:3: is no JUnit report" in str(caught.value)
