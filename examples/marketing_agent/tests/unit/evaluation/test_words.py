from __future__ import annotations

import pytest

from src.evaluation.words import content_words, is_covered, is_told, sub_questions


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("What is the ROAS of Brand Search?", ["What is the ROAS of Brand Search"]),
        ("Which campaign fell and why did it fall?", ["Which campaign fell", "why did it fall"]),
        ("Our target is 20. Which campaign misses it? How much would it save?", ["Which campaign misses it", "How much would it save"]),
        ("Compare search and social; then propose a budget", ["Compare search and social", "propose a budget"]),
        ("Optimize underperforming campaign", ["Optimize underperforming campaign"]),
        ("and", ["and"]),
    ],
)
def test_a_question_is_split_into_what_wants_an_answer(question: str, parts: list[str]) -> None:
    assert [part.removeprefix("then ") for part in sub_questions(question)] == parts


def test_metrics_are_known_by_their_long_names() -> None:
    assert content_words("cost per acquisition") == content_words("CPA")


def test_an_answer_in_the_questions_words_covers_it() -> None:
    assert is_covered("What is the click-through rate of Brand Search", "The CTR of Brand Search is 2.31 %.")
    assert not is_covered("What is the click-through rate of Brand Search", "Orders fell.")
    assert not is_covered("", "")


def test_a_warning_may_be_told_in_other_words() -> None:
    warning = "3 days are missing in Brand Search: 2026-10-01, 2026-10-02, 2026-10-03"

    assert is_told(warning, "Caveats: Brand Search lacks 3 days (2026-10-01, 2026-10-02, 2026-10-03).")
    assert not is_told(warning, "Brand Search did well.")
