from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.agents.drafts import Draft, read_draft
from src.agents.thinking import NothingUsable
from src.domain import Claim, Fact
from tests.scripted_parts import ANSWER


def test_an_answer_is_read_with_claims_caveats_facts_and_notes() -> None:
    draft = read_draft({**ANSWER, "facts": {"target_cpa": 20}})

    assert draft.claims == (Claim("ROAS", 3.4178, "x", "s1.groups.0.roas.value"),)
    assert draft.facts == (Fact("target_cpa", 20),)
    assert draft.notes == {"metric": "roas"}
    assert draft.problems == ()


@pytest.mark.parametrize("reply", [{}, {"answer": ""}, {"answer": 7}, {"plan": {"steps": ["step1"]}}])
def test_a_reply_without_an_answer_is_refused_in_one_line(reply: dict[str, Any]) -> None:
    with pytest.raises(NothingUsable, match="no usable answer: 'answer' is missing or no text"):
        read_draft(reply)


@pytest.mark.parametrize(
    "claim", [7, {"value": "3"}, {"value": 3}, {"value": True, "source": "s1"}, {"value": float("nan"), "source": "s1"}]
)
def test_a_claim_that_cannot_be_read_is_a_problem(claim: Any) -> None:
    draft = read_draft({"answer": "a", "claims": [claim]})

    assert draft.claims == ()
    assert draft.problems == ("claim 1 is not an object with label, value (a number), unit and source",)


def test_caveats_that_the_answer_does_not_tell_are_appended_once() -> None:
    draft = Draft("All is well.").with_caveats(("two days are missing", "two days are missing"))

    assert draft.answer == "All is well. Caveats: two days are missing."
    assert draft.caveats == ("two days are missing",)


def test_caveats_join_those_that_the_answer_has() -> None:
    draft = Draft("All is well. Caveats: one tool failed.").with_caveats(("orders contradict conversions",))

    assert draft.answer == "All is well. Caveats: one tool failed. orders contradict conversions."


def test_told_caveats_change_nothing() -> None:
    draft = Draft("All is well, but two days are missing.", caveats=("x",))

    assert draft.with_caveats(("two days are missing",)) is draft


@given(
    st.dictionaries(
        st.sampled_from(["answer", "claims", "caveats", "facts", "notes"]), st.recursive(st.none() | st.text() | st.floats(), st.lists)
    )
)
def test_whatever_a_model_replies_is_read_or_refused(reply: dict[str, Any]) -> None:
    try:
        draft = read_draft(reply)
    except NothingUsable:
        return
    assert draft.answer
