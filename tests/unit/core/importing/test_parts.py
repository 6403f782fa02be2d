"""Notes, ids, templates and messages: what all importers share."""

from __future__ import annotations

from typing import Any

import pytest

from goldfinch.core.datasets.validation import is_case_id
from goldfinch.core.importing.chat import as_input, messages_of
from goldfinch.core.importing.draft import Draft
from goldfinch.core.importing.expected_values import put_expected, question_of
from goldfinch.core.importing.finishing import finish
from goldfinch.core.importing.ids import TakenIds, name_from_content, slug
from goldfinch.core.importing.notes import Notes
from goldfinch.core.importing.templates import NotRendered, is_template, render, resolve


def test_a_note_counts_everything_and_shows_the_first_places_once() -> None:
    notes = Notes()
    for number in range(7):
        notes.changed("x kept", f"t[{number}]")
    for _ in range(3):
        notes.lost("y not carried over", "defaultTest")
    assert [str(note) for note in notes.listed()] == [
        "3 x y not carried over: defaultTest",
        "7 x x kept: t[0], t[1], t[2], t[3], t[4], and 2 more",
    ]


def test_a_note_lists_a_hundred_places_at_most() -> None:
    notes = Notes()
    for number in range(150):
        notes.lost("x", str(number))
    (note,) = notes.listed()
    assert (note.count, len(note.places), note.distinct) == (150, 100, 150)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ça va? Très bien!", "Ca-va-Tres-bien"),
        ("../../etc/passwd", "etc-passwd"),
        ("con", "case-con"),
        ("NUL.txt", "case-NUL.txt"),
        ("日本", ""),
        ("a" * 300, "a" * 100),
    ],
)
def test_a_slug_is_an_id_or_nothing(text: str, name: str) -> None:
    assert slug(text) == name
    assert not name or is_case_id(name)


def test_ids_that_stand_twice_are_numbered_in_order_and_stay_valid() -> None:
    taken = TakenIds()
    long = "a" * 128
    names = [taken.take(name) for name in ("a", "a-2", "a", "a", long, long)]
    assert names == ["a", "a-2", "a-3", "a-4", long, f"{'a' * 120}-2"]
    assert all(map(is_case_id, names))


def test_made_up_ids_leave_the_names_of_other_cases_alone() -> None:
    drafts = [Draft("p1", "x", name="", fallback="b"), Draft("p2", "y", name="b")]
    found = finish("t", drafts, Notes(), lambda _: None)
    assert [case.id for case in found.cases] == ["b-2", "b"]
    assert not [note for note in found.notes if "id changed" in note.what]


def test_a_name_from_content_does_not_depend_on_the_order_of_keys() -> None:
    assert name_from_content("t", {"a": 1, "b": 2}) == name_from_content("t", {"b": 2, "a": 1}) != name_from_content("t", {"a": 1})


VARIABLES = {"q": " Why? ", "n": 2.0, "ok": True, "none": None, "items": ["a", "b"], "o": {"x": {"y": "deep"}}}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{q}}|{{ q | trim | upper }}", " Why? |WHY?"),
        ("{{n}} {{ok}} {{none}} {{absent}}!", "2 true  !"),
        ("{{ o.x.y }} {{ o['x'].y }} {{ items[1] }}", "deep deep b"),
        ("{{ items | join(', ') }} {{ items | length }}", "a, b 2"),
        ("{{ o }} {{ items | dump }}", '{"x":{"y":"deep"}} ["a","b"]'),
        ("{{ absent | default('a|b') }}", "a|b"),
        ("{# note #}a {{- q -}} b", "a  Why?  b"),
        ("no template, {single} and {{ open", "no template, {single} and {{ open"),
    ],
)
def test_simple_templates_are_rendered_as_nunjucks_does(template: str, text: str) -> None:
    assert render(template, VARIABLES) == text


@pytest.mark.parametrize(
    "template", ["{% if q %}x{% endif %}", "{{ q + 1 }}", "{{ q | reverse }}", "{{ f(q) }}", "{{ }}", "{{ q | join(q) }}", "{{ env.HOME }}"]
)
def test_anything_else_is_refused(template: str) -> None:
    with pytest.raises(NotRendered):
        render(template, VARIABLES)


def test_a_template_that_grows_beyond_use_is_refused() -> None:
    with pytest.raises(NotRendered, match="grows beyond"):
        render("{{ q }}" * 1000, {"q": "x" * 100_000})


def test_variables_that_name_each_other_are_filled_in_and_circles_end() -> None:
    assert resolve({"a": "{{b}}!", "b": "{{c}}", "c": "x"})["a"] == "x!"
    assert is_template(resolve({"a": "{{b}}", "b": "{{a}}"})["a"])


@pytest.mark.parametrize(
    "messages",
    [
        [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}],
        [{"type": "system", "data": {"content": "S"}}, {"type": "human", "data": {"content": "U"}}],
        [{"type": "system", "content": "S"}, {"type": "human", "content": [{"type": "text", "text": "U"}]}],
        [
            {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "SystemMessage"], "kwargs": {"content": "S"}},
            {"lc": 1, "type": "constructor", "id": ["langchain", "schema", "HumanMessage"], "kwargs": {"content": "U"}},
        ],
        [["system", "S"], ["human", "U"]],
        [{"type": "message", "role": "developer", "content": "S"}, {"role": "user", "content": {"type": "input_text", "text": "U"}}],
        {"messages": [[{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]]},
    ],
)
def test_messages_of_every_kind_become_the_same(messages: Any) -> None:
    assert messages_of(messages) == [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]


@pytest.mark.parametrize("value", [[], "text", [1], [{"role": "wizard", "content": "x"}], {"a": 1}, [{"role": "user"}]])
def test_what_is_no_list_of_messages_is_none(value: Any) -> None:
    assert messages_of(value) is None


def test_a_lone_user_message_is_asked_as_its_text() -> None:
    assert as_input([{"role": "user", "content": "U"}]) == "U"


@pytest.mark.parametrize("key", ["arguments", "args"])
def test_tool_calls_of_every_kind_are_expected(key: str) -> None:
    draft = Draft("p", "q")
    put_expected(draft, {"message": {"type": "ai", "content": "On it.", "tool_calls": [{"name": "f", key: {"x": 1}, "id": "1"}]}})
    assert draft.answers == ["On it."]
    assert draft.tools is not None
    assert (draft.tools[0].name, draft.tools[0].arguments) == ("f", {"x": 1})


@pytest.mark.parametrize(
    ("value", "answers", "json"),
    [
        ("yes", ["yes"], None),
        ({"answer": "yes"}, ["yes"], None),
        ({"anything": "yes"}, ["yes"], None),
        ({"output": {"a": 1}}, [], {"a": 1}),
        ({"a": 1, "b": 2}, [], {"a": 1, "b": 2}),
        (True, ["true"], None),
        (2.5, ["2.5"], None),
        (["a", "b"], [], ["a", "b"]),
        ([{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], ["a"], None),
        (None, [], None),
        ({}, [], None),
        ("", [], None),
    ],
)
def test_a_reference_of_any_shape_is_expected(value: Any, answers: list[str], json: Any) -> None:
    draft = Draft("p", "q")
    put_expected(draft, value)
    assert (draft.answers, draft.json) == (answers, json)


def test_a_question_of_any_shape_is_asked() -> None:
    assert question_of({"question": "Why?"}) == "Why?"
    assert question_of({"n": 3}) == {"n": 3}
    assert question_of({"messages": [{"role": "user", "content": "Why?"}]}) == "Why?"
    assert question_of({"messages": [["human", "Why?"]], "k": 1}) == {"messages": [{"role": "user", "content": "Why?"}], "k": 1}
