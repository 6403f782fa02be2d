"""Every hostile text, and any text, in every field of a review: nothing of it runs, mentions, links, or commands (T1-T5)."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from goldfinch.core.gates.outcome import GateName
from goldfinch.core.review import Review
from goldfinch.core.reviewing.annotations import annotations_of
from goldfinch.core.reviewing.comment import MAX_CHARACTERS, MAX_LINES, render_comment
from goldfinch.core.reviewing.marker import mark_of, may_replace, read_mark
from goldfinch.core.reviewing.step_summary import render_step_summary
from goldfinch.core.verdict import Verdict
from goldfinch.testing.hostile_text import HOSTILE_TEXTS
from tests.review_samples import review_with

OURS = {
    *("p", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "h2", "h3", "h4", "details", "summary", "pre", "code", "a"),
}
GITHUB = MarkdownIt("gfm-like", {"html": True, "linkify": True})
assert GITHUB.linkify is not None
# GitHub links addresses with a scheme, www. and mail addresses (GFM 6.9): no name with a dot, no `//host`. To it, a zero-width space ends a
# mail address and `www`, to this library it does not: those two are looked for by pattern below.
GITHUB.linkify.set({"fuzzy_link": False, "fuzzy_email": False}).add("//", None).add("mailto:", None)
FENCED = re.compile(r"^(`{3,})[a-z]*\n.*?^\1$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\s*(?:::|##\[)", re.MULTILINE)
ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.text("\\`*_[]~^$|<>&@#:/w.-+=1GH \n\r\tab!(){}'\"%,\x1b\u202e\u2028"),
    st.lists(st.sampled_from(sorted(HOSTILE_TEXTS.values(), key=len)[:-2]), max_size=3).map("".join),
)
hostile = pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())


class Elements(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def assert_harmless(markdown: str) -> None:
    markdown.encode("utf-8")
    page = Elements(GITHUB.render(markdown))
    assert page.tags <= OURS
    assert page.attributes <= {"href", "class", "style"}, "style: the alignment of a table's cell"
    assert all(link.startswith("https://github.com/") for link in page.links)
    outside = re.sub("^<!-- .*? -->$", "", FENCED.sub("", markdown), flags=re.MULTILINE)
    assert not re.search(
        r"@\w|(?<!&)#\d|GH-\d|\bwww\.|!\[|<script|<img", re.sub(r"\]\(https://github\.com[^)]*\)", "]", outside), re.IGNORECASE
    )
    assert not COMMAND.search(markdown)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", markdown)


def assert_a_comment(review: Review) -> None:
    comment = render_comment(review, heading="Results")
    assert_harmless(comment)
    assert len(comment.splitlines()) <= MAX_LINES
    assert len(comment) <= MAX_CHARACTERS
    lines = comment.splitlines()
    assert read_mark(comment) == mark_of(review)
    assert lines[2].startswith("### ❌ Evaluation: blocked — 2 regressed cases")
    first_cells = [line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")]
    assert [cell for cell in first_cells if cell.endswith(" Gate")] == [gate.shown for gate in GateName]


@hostile
def test_a_comment_holds_nothing_of_a_hostile_text_that_works(text: str) -> None:
    assert_a_comment(review_with(text))


@given(text=ANY_TEXT)
def test_a_comment_holds_nothing_of_any_text_that_works(text: str) -> None:
    assert_a_comment(review_with(text))


@hostile
def test_a_step_summary_holds_nothing_of_a_hostile_text_that_works(text: str) -> None:
    page = render_step_summary(review_with(text))
    assert_harmless(page)
    assert len(page.encode()) <= 900_000


@given(text=ANY_TEXT, limit=st.integers(4_000, 60_000))
def test_a_step_summary_of_any_text_keeps_to_any_limit(text: str, limit: int) -> None:
    page = render_step_summary(review_with(text), limit)
    assert_harmless(page)
    assert len(page.encode()) <= limit


@hostile
def test_an_annotation_is_one_line_and_one_command(text: str) -> None:
    for line in (one.as_workflow_command() for one in annotations_of(review_with(text))):
        assert len(line.splitlines()) == 1
        kind, _, message = line.removeprefix("::").partition("::")
        assert re.fullmatch(r"(?:error|warning|notice) (?:file=[^,:]+,)?(?:line=\d+,)?title=[^,:]+", kind)
        assert "::" not in message
        assert "##[" not in line


@given(text=ANY_TEXT)
def test_any_text_makes_one_command_a_line(text: str) -> None:
    for line in (one.as_workflow_command() for one in annotations_of(review_with(text))):
        assert len(line.splitlines()) == 1
        assert line.count("::") == 2


@given(text=ANY_TEXT)
def test_no_text_in_a_comment_passes_for_its_mark(text: str) -> None:
    forged = f"{text}\n<!-- goldfinch:report v1 run=99999999999 attempt=9 -->"
    review = review_with(forged)
    comment = render_comment(review)
    assert FENCED.sub("", comment).count("<!--") == 1
    assert may_replace(comment, review), "a comment can always be replaced by the run that wrote it"
    assert review.verdict is Verdict.FAIL
