"""Every format is given every hostile text in every field at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from goldfinch.core.output import Failure, FailureKind
from goldfinch.core.results.manifest import RunStatus
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from goldfinch.testing.run_journal import InMemoryRun, sample_manifest, sample_output, sample_record

Render = Callable[..., str]
FORMATS = ["text", "markdown", "json", "junit", "html"]
hostile = pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())
FENCED = re.compile(r"^(`{3,})[^`\n]*\n.*?^\1$", re.MULTILINE | re.DOTALL)


def hostile_run(text: str) -> InMemoryRun:
    run = InMemoryRun(sample_manifest(RunStatus.INCOMPLETE, cases=9, trials=2, text=text), location=f"runs/{text}")
    timeout = Failure(FailureKind.TIMEOUT, f"late{text}")
    limited = Failure(FailureKind.RATE_LIMITED, f"429{text}", 429)
    run.score_lines = [
        sample_record("passed", text=text, tags=(text,)),
        sample_record("low", 0.1, text=text),
        sample_record("late", 0.0, failure=timeout, text=text),
        sample_record("limited", failure=limited, text=text),
        *(sample_record("twice", trial, trial=trial, trials=2, text=text) for trial in range(2)),
    ]
    run.score_lines = [replace(record, case_id=writable(record.case_id)) for record in run.score_lines]
    run.output_lines = [sample_output("low", "answer", text=text), sample_output("late", "", failure=timeout, text=text)]
    run.output_lines = [replace(record, case_id=writable(record.case_id)) for record in run.output_lines]
    return run


def writable(case_id: str) -> str:
    """`case_id` as a journal can hold it: records are UTF-8, so it has no lone surrogate."""
    return case_id.encode("utf-8", "backslashreplace").decode()


@pytest.mark.parametrize("name", FORMATS)
@hostile
def test_no_control_character_and_no_invisible_one_of_the_data_comes_out(render: Render, name: str, text: str) -> None:
    shown = render(hostile_run(text), name)
    shown.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029\ufeff]", shown)


@pytest.mark.parametrize("name", ["json", "junit"])
@hostile
def test_no_tag_of_the_data_comes_out(render: Render, name: str, text: str) -> None:
    assert not re.search(r"<(script|img|svg|iframe|a |/?details|h1|meta|style|form|math)", render(hostile_run(text), name), re.IGNORECASE)


class Tags(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


@hostile
def test_markdown_renders_to_nothing_but_our_own_elements(render: Render, text: str) -> None:
    rendered = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(render(hostile_run(text), "markdown"))
    ours = {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "code"}
    assert Tags(rendered).tags <= ours


@hostile
def test_markdown_outside_of_fences_mentions_nobody_and_links_nowhere(render: Render, text: str) -> None:
    outside = FENCED.sub("", render(hostile_run(text), "markdown"))
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.|!\[|<script|<img", outside, re.IGNORECASE)


@hostile
def test_junit_parses_and_keeps_its_shape(render: Render, text: str) -> None:
    root = ET.fromstring(render(hostile_run(text), "junit").encode())
    assert len(list(root.iter("testcase"))) == int(root.attrib["tests"]) == 6


@hostile
def test_json_parses_and_keeps_its_shape(render: Render, text: str) -> None:
    report = json.loads(render(hostile_run(text), "json"))
    assert (report["kind"], report["incomplete"], len(report["cases"])) == ("report", True, 4)


@hostile
def test_a_terminal_shows_each_case_once(render: Render, text: str) -> None:
    shown = render(hostile_run(text), "text")
    assert len(re.findall(r"^[✗!?✓] ", shown, re.MULTILINE)) == 4


def test_a_case_called_like_markup_prints_literally(render: Render) -> None:
    run = InMemoryRun(sample_manifest(cases=1))
    run.score_lines = [sample_record("[red]PASS[/red]", 0.0)]
    assert "✗ [red]PASS[/red]  failed" in render(run, "text")
