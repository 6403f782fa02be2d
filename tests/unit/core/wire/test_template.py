from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldfinch.core.wire.template import TemplateError, check, fill, fill_text, for_header, for_url, has_holes

VALUES = {"input": {"question": "why?", "n": 3}, "context": None, "case_id": "c-1", "trial": 0, "seed": 7}


def test_a_text_that_is_only_a_hole_keeps_the_json_type() -> None:
    assert fill({"a": "{{ input }}", "b": ["{{trial}}", "{{ input.n }}"], "c": 1}, VALUES) == {"a": VALUES["input"], "b": [0, 3], "c": 1}


def test_inside_other_text_values_become_text() -> None:
    assert fill("Q: {{ input.question }} / {{ input }} / {{ context }}", VALUES) == 'Q: why? / {"question":"why?","n":3} / '


def test_values_are_not_read_as_templates_again() -> None:
    assert fill("x {{ input }}", {**VALUES, "input": "{{ seed }}"}) == "x {{ seed }}"


def test_absent_members_are_null() -> None:
    assert fill("{{ input.none.deeper }}", VALUES) is None


@pytest.mark.parametrize("template", ["{{ inptu }}", {"a": ["{{ expected }}"]}, "{{ input[0] }}", "{{ }}"])
def test_unknown_names_are_refused_with_what_there_is(template: object) -> None:
    with pytest.raises(TemplateError, match="there are input, context"):
        check(template)


def test_knows_which_texts_depend_on_the_case() -> None:
    assert has_holes("/x/{{ case_id }}")
    assert not has_holes("/x/{case_id}")


@given(st.text())
def test_no_input_can_leave_its_place_in_a_url_or_a_header(text: str) -> None:
    url = (
        fill_text("{{ input }}", {**VALUES, "input": text}, for_url)
        if text.isprintable()
        else for_url(text.encode("utf-8", "replace").decode())
    )
    assert not set(url) & set("/?#&@: \r\n")
    header = fill_text("{{ input }}", {**VALUES, "input": text}, for_header)
    assert not set(header) & {"\r", "\n", "\0"}
