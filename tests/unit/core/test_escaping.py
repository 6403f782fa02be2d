from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.text import Text

from goldfinch.core import escaping
from goldfinch.testing.hostile_text import HOSTILE_TEXTS

EVERY_SINK = [
    escaping.for_terminal,
    escaping.for_terminal_line,
    escaping.for_rich,
    escaping.for_markdown_text,
    escaping.for_markdown_cell,
    escaping.for_markdown_fence,
    escaping.for_html,
    escaping.for_xml,
    escaping.for_csv,
    escaping.for_workflow_log,
]
ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=())),  # lone surrogates too
    st.text("\\`*_[]~^$|<>&@#:/w.-+=1GH \n\tab!(){}'\"%,\x1b\u202e"),
    st.lists(st.sampled_from(sorted(HOSTILE_TEXTS.values(), key=len)[:-2]), max_size=3).map("".join),
)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
hostile = pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS.keys())


class Tags(HTMLParser):
    """Collects the tags and the text of a piece of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def without_breaks(text: str) -> str:
    return text.replace("\u200b", "")


def folded(text: str) -> str:
    return re.sub(r"[ \t\n]*\n[ \t\n]*", " ", escaping.for_terminal(text)).replace("\t", " ").strip(" ")


@pytest.mark.parametrize("sink", EVERY_SINK)
def test_plain_text_passes_through_unchanged(sink: object) -> None:
    assert callable(sink)
    text = "The refund takes 14 days, says order 4711 (paid)."
    assert sink(text).strip("`\n") == text


@pytest.mark.parametrize("sink", EVERY_SINK)
@given(text=ANY_TEXT)
def test_no_sink_lets_a_control_character_or_an_unencodable_one_through(sink: object, text: str) -> None:
    assert callable(sink)
    safe = sink(text)
    safe.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\ufeff]", safe)


@pytest.mark.parametrize("sink", EVERY_SINK)
@pytest.mark.parametrize("character", [" ", "\t", "\n", "\\", "[", "`", "9", "=", ":", "#", "\x1b", "\u202e", " \n", "\\x", "[a"])
def test_a_long_run_of_anything_takes_linear_time(sink: object, character: str) -> None:
    """In quadratic time one of these would take minutes."""
    assert callable(sink)
    assert len(sink(character * 60_000 + "x")) < 1_000_000


def test_terminal_shows_what_cannot_be_seen() -> None:
    assert escaping.for_terminal("a\u202eb\u200bc\x1b[2Jd\n\te") == "a\\u202eb\\u200bc[2Jd\n\te"
    assert escaping.for_terminal("\ud83d \U000e0069") == "\\ud83d \\U000e0069"


def test_terminal_keeps_the_writing_of_people() -> None:
    text = "Grüße, 你好, שלום, नमस्ते, 👍🏽 – “quoted”"
    assert escaping.for_terminal(text) == text


@hostile
def test_a_table_cell_of_a_terminal_is_one_line(text: str) -> None:
    assert len(escaping.for_terminal_line(text).splitlines()) <= 1


@given(text=ANY_TEXT)
def test_rich_prints_markup_in_data_literally(text: str) -> None:
    rendered = Text.from_markup(f"[bold]{escaping.for_rich(text)}[/bold]", emoji=False)
    assert rendered.plain == escaping.for_terminal(text)


@given(text=ANY_TEXT)
def test_markdown_text_renders_as_exactly_its_text(text: str) -> None:
    rendered = MARKDOWN.render(escaping.for_markdown_text(text))
    page = Tags(rendered)
    assert set(page.tags) <= {"p"}
    assert without_breaks(page.text).strip() == without_breaks(folded(text)).strip()


@hostile
def test_markdown_text_holds_no_mention_reference_or_address(text: str) -> None:
    escaped = escaping.for_markdown_text(text)
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.|!\[|<", escaped, re.IGNORECASE)
    assert "\n" not in escaped


@given(text=ANY_TEXT)
def test_a_markdown_cell_stays_one_cell(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {escaping.for_markdown_cell(text)} | end |\n"
    page = Tags(MARKDOWN.render(table))
    assert page.tags == ["table", "thead", "tr", "th", "th", "tbody", "tr", "td", "td"]
    assert without_breaks(page.text).split() == ["a", "b", *without_breaks(folded(text)).split(), "end"]


@given(text=ANY_TEXT)
def test_nothing_leaves_a_fence(text: str) -> None:
    tokens = MARKDOWN.parse(f"before\n\n{escaping.for_markdown_fence(text, 'text')}\nafter\n")
    assert [token.type for token in tokens].count("fence") == 1
    assert [token.content for token in tokens if token.type == "inline"] == ["before", "after"]


@given(text=ANY_TEXT)
def test_html_text_and_attribute_read_back_as_the_text(text: str) -> None:
    escaped = escaping.for_html(text)
    page = Tags(f'<p title="{escaped}">{escaped}</p>')
    assert page.tags == ["p"]
    assert page.text == escaping.for_terminal(text)


@given(text=ANY_TEXT)
def test_xml_text_and_attribute_always_parse(text: str) -> None:
    escaped = escaping.for_xml(text)
    element = ET.fromstring(f'<x y="{escaped}">{escaped}</x>'.encode())
    assert [child.tag for child in element] == []
    if text.isascii() and text.isprintable():
        assert (element.text or "") == element.get("y") == text


def test_xml_shows_what_it_may_not_hold() -> None:
    assert escaping.for_xml("a\x00b\x1bc\ud800d]]>") == "a\\x00b\\x1bc\\ud800d]]&gt;"


@hostile
def test_no_csv_cell_begins_a_formula(text: str) -> None:
    row = io.StringIO()
    csv.writer(row).writerow([escaping.for_csv(text), "end"])
    cells = next(csv.reader(io.StringIO(row.getvalue())))
    assert len(cells) == 2
    assert not re.match(r"\s*[=+\-@]", cells[0])


def test_csv_leaves_ordinary_text_alone() -> None:
    assert escaping.for_csv("3 - 2 = 1") == "3 - 2 = 1"
    assert escaping.for_csv('=HYPERLINK("x")') == '\'=HYPERLINK("x")'


@given(text=ANY_TEXT)
def test_no_workflow_command_can_begin(text: str) -> None:
    line = escaping.for_workflow_log(text)
    assert len(line.splitlines()) <= 1
    assert "::" not in line
    assert "##[" not in line


def test_a_workflow_message_reads_back_as_the_runner_decodes_it() -> None:
    message = escaping.for_workflow_log("50%\nnext")
    assert message == "50%25%0Anext"
    assert message.replace("%0A", "\n").replace("%25", "%") == "50%\nnext"
