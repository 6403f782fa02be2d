"""The grammar of questions: many wordings, the same meaning, names and quoted texts intact."""

from __future__ import annotations

import json
import random
import re
from datetime import date
from pathlib import Path

import pytest

from generator.account import Account
from generator.golden import SEED
from generator.paraphrases import Name, Verbatim, ask, draw, follow_up
from generator.questions import questions_of
from generator.questions.case import Question
from generator.questions.wording import Period, day
from tests.generator.judging import GOLDEN

ENOUGH = 200


@pytest.fixture(scope="module")
def questions(committed: dict[str, Account]) -> list[Question]:
    return [one for asked in questions_of(committed.values(), SEED).values() for one in asked]


def test_every_case_can_be_asked_in_200_ways(questions: list[Question]) -> None:
    few = {one.id: found for one in questions if (found := len({tuple(draw(one.turns, seed, one.id)) for seed in range(600)})) < ENOUGH}
    assert few == {}


def test_the_same_seed_gives_the_same_words(questions: list[Question]) -> None:
    assert [draw(one.turns, 7, one.id) for one in questions] == [draw(one.turns, 7, one.id) for one in questions]


def test_no_wording_leaves_traces_of_the_grammar(questions: list[Question]) -> None:
    for one in questions:
        for seed in range(40):
            for message in draw(one.turns, seed, one.id):
                assert message == message.strip() and message
                assert not re.search(r"[\ue000-\uf8ff|{}]|\[|\]| [,?]|  |\?\?|\.\.", message), (one.id, message)


def test_the_name_of_the_campaign_survives_every_register(questions: list[Question]) -> None:
    named = [one for one in questions if any(isinstance(slot, Name) for slot in one.turns[-1].slots.values()) and len(one.turns) == 1]
    assert len(named) > 40
    for one in named:
        (name, *_) = [slot for slot in one.turns[0].slots.values() if isinstance(slot, Name)]
        for seed in range(60):
            assert name.lower() in draw(one.turns, seed, one.id)[0].lower(), one.id


def test_copy_under_review_is_never_changed(questions: list[Question]) -> None:
    for one in (one for one in questions if one.family == "copy"):
        (text,) = [slot for slot in one.turns[0].slots.values() if isinstance(slot, Verbatim)]
        assert all(text in draw(one.turns, seed, one.id)[0] for seed in range(60)), one.id


def test_all_registers_occur() -> None:
    one = ask("[Tell me|Give me] the conversion rate of {name}, please.", name=Name("Tents Search"))
    said = [one.draw(random.Random(seed)) for seed in range(400)]
    plain = [text for text in said if "conversion rate of Tents Search" in text]
    assert any(text.islower() for text in said)
    assert any("conversion rate" not in text.lower() for text in said)  # a typo
    assert any(text.startswith(("Hi", "Hello", "Hey", "Good morning")) for text in said)
    assert 200 < len(plain) < 380


@pytest.mark.parametrize("pattern", ["[open", "a|b", "closed]", "{unfinished"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern|bracket"):
        ask(pattern).draw(random.Random(0))


def test_variants_count_what_can_be_said() -> None:
    assert ask("[a|b] {x}", "c", x="[1|2|3]").variants() == 7


def test_a_period_is_said_as_dates_as_a_month_and_counted_back() -> None:
    first, last = date(2026, 8, 9), date(2026, 10, 31)
    october, week = Period(date(2026, 10, 1), last, first, last), Period(date(2026, 10, 25), last, first, last)
    ways = {follow_up("{p}", p=october.phrases()).draw(random.Random(seed)).lower() for seed in range(500)}
    assert {"in october", "since 1 october", "from 2026-10-01 to 2026-10-31"} <= {way.rstrip(".?") for way in ways}
    ways = {follow_up("{p}", p=week.phrases()).draw(random.Random(seed)).lower() for seed in range(500)}
    assert {"last week", "over the last 7 days", "oct 25-31"} <= ways


def test_ordinals_of_days() -> None:
    said = {
        follow_up("{d}", d=day(date(2026, 10, number))).draw(random.Random(seed)) for number in (1, 2, 3, 11, 22) for seed in range(300)
    }
    assert {"October 1st", "October 2nd", "October 3rd", "October 11th", "October 22nd"} <= said


def test_the_committed_wording_has_all_registers() -> None:
    texts = [case["input"] for case in map(json.loads, Path(GOLDEN / "kpi.jsonl").read_text(encoding="utf-8").splitlines())]
    assert any(text == text.lower() for text in texts)
    assert len(set(texts)) == len(texts)
