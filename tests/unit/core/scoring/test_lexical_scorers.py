"""Scorers that compare words: with the question, with the accepted answer, with the sources."""

from __future__ import annotations

from typing import Any

import pytest

from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.output import Output, Step, ToolCall
from goldfinch.core.scoring.answer_coverage import AnswerCoverage
from goldfinch.core.scoring.asked import input_text, question_text, source_texts, system_texts
from goldfinch.core.scoring.context_overlap import ContextOverlap
from goldfinch.core.scoring.facts_agree import FactsAgree
from goldfinch.core.scoring.grounding import Grounding
from goldfinch.core.scoring.question_overlap import QuestionOverlap
from goldfinch.core.scoring.repetition import Repetition
from goldfinch.core.scoring.score import Score, Scorer
from goldfinch.core.scoring.structure import Structure
from goldfinch.core.scoring.terms import content_words, ngrams, sentences, words

TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Tell me about whales."},
    {"role": "assistant", "content": "Which ones?"},
    {"role": "user", "content": [{"type": "text", "text": "Blue whales, their weight."}]},
]


def judged(scorer: Scorer, text: str, **case: Any) -> Score:
    score = scorer.score(Case("c", case.pop("input", "q"), **case), Output(text=text))
    assert score is not None
    return score


def expecting(*answers: str) -> dict[str, Any]:
    return {"expected": Expected(answer=answers)}


def test_words_are_lower_case_without_punctuation_and_keep_numbers_and_contractions() -> None:
    assert words("Don’t pay $4.50, ＡＢＣ_def!") == ["don't", "pay", "4.50", "abc", "def"]
    assert content_words("The refunds were processed by us, not on Monday") == ["refund", "process", "monday"]
    assert list(sentences("One. Two!\n- three\n***")) == ["One.", "Two!", "- three"]
    assert list(ngrams(["a", "b", "c"], 2)) == [("a", "b"), ("b", "c")]


def test_the_question_of_a_conversation_is_its_end_and_never_the_instructions() -> None:
    talk = Case("c", {"messages": TALK})
    assert question_text(talk) == "Which ones?\nBlue whales, their weight."
    assert question_text(talk, turns=1) == "Blue whales, their weight."
    assert "Be brief." not in input_text(talk)
    assert system_texts(talk, Output()) == ["Be brief."]
    assert question_text(Case("c", {"question": "Why?", "locale": "en"})) == "Why?"
    assert question_text(Case("c", {"city": "Bern", "days": 3})) == "Bern\n3"


def test_sources_are_the_context_and_what_tools_gave() -> None:
    steps = (Step("assistant", tool_calls=(ToolCall("find", result={"total": 42.5}),)), Step("tool", text="found"))
    assert source_texts(Case("c", "q", context={"doc": ["a", True, None]}), Output(trajectory=steps)) == ["a", "42.5", "found"]


def test_question_overlap_counts_the_words_of_the_question_that_are_taken_up() -> None:
    question = "What is the refund window for electronics?"
    full = judged(QuestionOverlap(), "The refund window of electronics is 30 days.", input=question)
    third = judged(QuestionOverlap(), "Electronics: 30 days.", input=question)
    none = judged(QuestionOverlap(), "Bananas are yellow.", input=question)
    assert (full.value, none.value) == (1.0, 0.0)
    assert third.value == pytest.approx(1 - (2 / 3) ** 3)
    assert third.reason == "takes up 1 of 3 content words of the question; not 'refund', 'window'"
    assert QuestionOverlap().score(Case("c", "Who are you?"), Output(text="x")) is None
    with pytest.raises(ValueError, match="turns"):
        QuestionOverlap(turns=0)


def test_answer_coverage_takes_the_best_accepted_answer_and_ignores_what_else_is_said() -> None:
    score = judged(AnswerCoverage(), "Well, as far as I know, shoes are returned within 30 days.", **expecting("no idea", "return 30 days"))
    assert score.value == 1.0
    assert judged(AnswerCoverage(), "within a month", **expecting("30 days")).value == 0.0
    assert judged(AnswerCoverage(), "no", **expecting("No")).value == 1.0
    assert AnswerCoverage().score(Case("c", "q"), Output(text="x")) is None


@pytest.mark.parametrize(
    ("expected", "answer", "agrees"),
    [
        ("The order was processed", "The order was processed.", True),
        ("The order was processed", "The order was not processed.", False),
        ("The order was processed", "Your order wasn’t processed yet", False),
        ("Shoes cannot be returned", "Shoes can be returned", False),
        ("We do not ship to Norway", "Sorry, we don't ship to Norway.", True),
        ("You can return it within 30 days", "You can return it, but not after 30 days.", True),
        ("It does not expire", "It never expires", True),
        ("Yes, dogs are allowed", "No.", False),
        ("No", "Yes, you can", False),
        ("The refund is $30", "The refund is $40", False),
        ("The refund is 1,000 dollars", "You get $1000 back", True),
        ("12.5 %", "It rose by 0.125", True),
        ("There are 0 rooms", "There are no rooms left", True),
        ("Not only free but fast", "It is free and fast", True),
        ("Paris", "It is Lyon, not Paris.", False),
        ("Paris", "The capital is Paris, not Lyon", True),
        ("Paris", "", True),
    ],
)
def test_facts_agree_sees_denials_other_numbers_and_the_other_verdict(expected: str, answer: str, agrees: bool) -> None:
    assert judged(FactsAgree(), answer, **expecting(expected)).value == float(agrees)


def test_one_accepted_answer_that_is_not_contradicted_is_enough() -> None:
    assert judged(FactsAgree(), "It takes 5 days", **expecting("4 days", "5 days")).value == 1.0
    assert judged(FactsAgree(), "It takes 6 days", **expecting("4 days", "5 days")).reason == "does not state the number 4"


SOURCE = "The zoo opens at nine. Adults pay 12 euros, children under six get in free. Dogs must stay outside."


def test_context_overlap_is_high_for_what_is_copied_and_low_for_what_is_made_up() -> None:
    copied = judged(ContextOverlap(), "Adults pay 12 euros. Dogs must stay outside.", context=SOURCE)
    told = judged(ContextOverlap(), "Outside, dogs must wait while adults pay.", context=SOURCE)
    invented = judged(ContextOverlap(), "The aquarium was renovated last spring.", context=SOURCE)
    assert copied.value == 1.0
    assert copied.value > told.value > invented.value
    assert "least supported" in invented.reason
    assert judged(ContextOverlap(), " ", context=SOURCE).value == 0.0
    assert ContextOverlap().score(Case("c", "q"), Output(text="x")) is None


def test_grounding_names_what_the_sources_do_not_know() -> None:
    score = judged(Grounding(), 'Adults pay 15 euros, says Peter Miller, "free for everybody".', context=SOURCE)
    assert score.value == 0.0
    assert score.evidence["not_in_sources"] == ["free for everybody", "Peter Miller", "15"]
    assert judged(Grounding(), "Adults pay €12, children under 6 nothing.", context=SOURCE).value == 1.0


@pytest.mark.parametrize(
    "answer",
    [
        "Order ORD-1042 of Ada Lovelace costs 42.50.",
        "1. Ada’s order\n2. It costs 42.5",
        "It is “the blue one” for Ada.",
        "We deliver to Ada twice, that is 2 times.",
    ],
)
def test_grounding_accepts_the_facts_of_input_context_and_tools(answer: str) -> None:
    call = ToolCall("order", {"id": "x"}, result={"id": "ORD-1042", "total": 42.5, "note": "the blue one, twice"})
    case = Case("c", "My name is Ada Lovelace")
    score = Grounding().score(case, Output(text=answer, trajectory=(Step("assistant", tool_calls=(call,)),)))
    assert score is not None
    assert score.value == 1.0, score.reason


def test_grounding_does_not_apply_without_sources_or_without_facts() -> None:
    assert Grounding().score(Case("c", "q"), Output(text="It costs 5.")) is None
    assert Grounding().score(Case("c", "q", context="x"), Output(text="That is a nice idea.")) is None


def test_repetition_falls_with_every_word_and_phrase_that_comes_again() -> None:
    fresh = judged(Repetition(), "Penguins live in the south and eat krill.")
    twice = judged(Repetition(), "I think he is a great player. I think he is a great player.")
    loop = judged(Repetition(), "the same " * 300)
    assert fresh.value == 1.0
    assert fresh.value > twice.value > loop.value
    assert "stands 2 times" in twice.reason
    assert Repetition().score(Case("c", "q"), Output(text="!!!")) is None


def test_days_of_the_same_month_are_no_repetition() -> None:
    assert judged(Repetition(), "Missing: 2026-10-22, 2026-10-23, 2026-10-24.").value == 1.0
    assert judged(Repetition(), "Missing: 2026-10-22, 2026-10-22, 2026-10-22.").value < 0.6


def test_a_long_answer_is_not_punished_for_its_length() -> None:
    sentence = "Item {0} of shelf {1} weighs {2} grams, costs {3} cents and comes from region number {4} in box {5}."
    text = " ".join(sentence.format(*(f"{n}{i}" for i in "abcdef")) for n in range(60))
    short = judged(Repetition(), text[:400]).value
    assert judged(Repetition(), text).value > 0.85 * short


@pytest.mark.parametrize(
    ("answer", "defect"),
    [
        ("The refund is made on the", "cut off"),
        ("See (the terms", "a bracket ( left open"),
        ("```python\nx = 1", "a code fence left open"),
        ("It is near, , the park.", "doubled punctuation ', ,'"),
        ("It is in the the park.", "doubled word 'the the'"),
        ("Dear {{name}}, hello.", "left in: '{{name}}'"),
        ("Done.<|im_end|>", "left in: '<|im_end|>'"),
    ],
)
def test_structure_names_each_defect_and_takes_a_quarter_for_it(answer: str, defect: str) -> None:
    score = judged(Structure(), answer)
    assert (score.value, score.reason) == (0.75, defect)


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("List them as JSON", '{"a": [1]}', "a and b"),
        ("Give me a bullet list of fruits", "- apples\n- pears", "apples and pears"),
        ("Show it in a table", "| a | b |\n|---|---|\n| 1 | 2 |", "a is 1"),
        ("Answer in one word.", "Paris", "It is Paris"),
        ("Answer with one sentence", "It is Paris.", "It is Paris. It always was."),
        ("Is it open, yes or no?", "Yes, it is.", "It depends."),
    ],
)
def test_structure_compares_the_form_with_the_one_asked_for(question: str, right: str, wrong: str) -> None:
    assert judged(Structure(), right, input=question).value == 1.0
    assert judged(Structure(), wrong, input=question).value == 0.75


@pytest.mark.parametrize("answer", ["Fine.", '{"a": "(", "b": ["the"]}', "Use `x[0]` (see below): done", "It is 5:30, or 17:30."])
def test_structure_finds_nothing_wrong_with_what_is_right(answer: str) -> None:
    assert judged(Structure(), answer).value == 1.0


def test_structure_knows_that_the_model_was_cut_off_by_its_token_limit() -> None:
    score = Structure().score(Case("c", "q"), Output(text="It is fine.", finish_reason="length"))
    assert score is not None
    assert score.reason == "cut off"
    assert Structure().score(Case("c", "q"), Output(text=" ")) is None
