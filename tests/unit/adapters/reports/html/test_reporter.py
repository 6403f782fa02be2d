from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser

import pytest

from goldfinch.adapters.reports.html.reporter import HtmlReporter
from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.results.manifest import RunStatus
from goldfinch.operations.report import RunRecords, build_report
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_output, sample_record


def page_of(run: InMemoryRun) -> str:
    records = RunRecords(run)
    out = io.StringIO()
    HtmlReporter().write(build_report(run, records), records.cases, out)
    return out.getvalue()


class Parsed(HTMLParser):
    """Elements, and the text of each script."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data


def run_of(*values: float | None, status: RunStatus = RunStatus.COMPLETE, reason: str = "", text: str = "") -> InMemoryRun:
    run = InMemoryRun(sample_manifest(status, reason=reason, cases=len(values), text=text))
    run.score_lines = [sample_record(f"case-{number}", value, text=text) for number, value in enumerate(values)]
    return run


@pytest.mark.parametrize(
    ("run", "word", "reason"),
    [
        (run_of(1.0, 1.0), "All passed", "Every case passed in every trial."),
        (run_of(1.0, 0.1), "1 failed", "accuracy is below its mark in 1 case"),
        (run_of(1.0, None), "1 without evidence", "1 case lack an answer or a score"),
        (run_of(1.0, status=RunStatus.INCOMPLETE, reason="budget"), "Incomplete", "The figures are of what is there."),
        (run_of(), "Nothing decided", "This run has no scored case."),
    ],
)
def test_the_verdict_has_a_word_and_a_reason(run: InMemoryRun, word: str, reason: str) -> None:
    page = page_of(run)
    assert f">{word}</span>" in page
    assert reason in page


def test_a_cost_that_nobody_knows_is_unknown() -> None:
    run = run_of(1.0)
    run.score_lines = [sample_record("a", cost_usd=None)]
    tile = re.search(r"<dt>Cost</dt><dd class=\"value\">([^<]*)</dd>", page_of(run))
    assert tile
    assert tile[1] == "unknown"


def test_the_islands_are_json_and_their_lines_belong_together() -> None:
    run = run_of(0.1, 1.0)
    run.output_lines = [sample_output("case-0", "no\nway"), sample_output("case-1", "yes")]
    _, rows, details, _ = Parsed(page_of(run)).scripts
    ids = [row["id"] for row in json.loads(rows)]
    answers = [json.loads(line)["answers"]["0"]["text"] for line in details.split("\n")]
    assert (ids, answers) == (["case-0", "case-1"], ["no\nway", "yes"])


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
def test_the_frame_has_the_same_elements_whatever_the_data(text: str) -> None:
    limited = Failure(FailureKind.RATE_LIMITED, "429", 429)
    pages = []
    for hostile in ("", text.encode("utf-8", "backslashreplace").decode()):  # no record holds a lone surrogate
        run = run_of(0.1, status=RunStatus.INCOMPLETE, reason="x", text=hostile)
        run.score_lines = [sample_record("a", 0.1, text=hostile, tags=(f"t{hostile}",)), sample_record("b", failure=limited, text=hostile)]
        pages.append(Parsed(page_of(run)))
    plain, attacked = pages
    assert attacked.tags == plain.tags
    assert [name for name, _ in attacked.attributes] == [name for name, _ in plain.attributes]
    assert all(json.loads(island) for island in attacked.scripts[:2])


def test_the_page_names_its_policy_before_anything_else() -> None:
    head = page_of(run_of(1.0)).partition("<style>")[0]
    assert "Content-Security-Policy" in head
    assert "unsafe" not in head
