"""What every memory must do, whatever stores it. A subclass gives the fixture `memory`."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime
from typing import Any

import pytest

from src.domain import Fact, Recollection, Turn
from src.memory import NewerSchema, StoredMemory
from src.memory.entries import MAX_FACTS, MAX_TEXT_CHARS, SCHEMA_VERSION, Entry, session_key
from src.memory.stored_memory import MAX_TURNS

HOSTILE_TEXTS = [
    "NUL \x00 inside",
    "a lone surrogate \ud800 and a pair \U0001f600",
    "'; drop table facts; --",
    "%s %(session)s {0} {key} $1 :name",
    "\r\n*3\r\n$3\r\nSET\r\n",
    "\u202egnp.exe \u200b\u2028\x1b[31m\x07",
    '{"schema": 99}',
    "",
]
JSON_VALUES: list[Any] = [
    None,
    True,
    0,
    -0.0,
    0.1,
    1e308,
    1e23,
    5e-324,
    2**80,
    "24.5",
    "null",
    [],
    {},
    [[{"a": [None, {"b": "ü"}]}], 1.0],
    {"": {"k": [1, "\u2028"]}},
]


def turn(number: int) -> Turn:
    return Turn(f"question {number}", f"answer {number}", {"number": number})


class MemoryContract:
    @pytest.fixture
    def memory(self) -> StoredMemory:
        raise NotImplementedError

    async def test_nothing_is_known_of_an_unknown_session(self, memory: StoredMemory) -> None:
        assert await memory.recall("never seen") == Recollection()
        assert await memory.forget("never seen") is False

    async def test_turns_come_back_oldest_first_with_their_notes(self, memory: StoredMemory) -> None:
        for number in range(3):
            await memory.remember("s", turn(number), ())
        assert (await memory.recall("s")).turns == (turn(0), turn(1), turn(2))

    async def test_the_last_value_of_a_key_wins(self, memory: StoredMemory) -> None:
        await memory.remember("s", turn(1), (Fact("target_cpa", 20), Fact("tone", "dry")))
        await memory.remember("s", turn(2), (Fact("target_cpa", 24.5),))
        assert (await memory.recall("s")).facts == (Fact("tone", "dry"), Fact("target_cpa", 24.5))

    async def test_the_last_value_wins_within_one_turn_and_when_an_old_value_returns(self, memory: StoredMemory) -> None:
        await memory.remember("s", turn(1), (Fact("k", 1), Fact("k", 2)))
        assert (await memory.recall("s")).facts == (Fact("k", 2),)
        await memory.remember("s", turn(2), (Fact("k", 1),))
        assert (await memory.recall("s")).facts == (Fact("k", 1),)

    async def test_sessions_do_not_see_each_other(self, memory: StoredMemory) -> None:
        ids = ["s", "S", "s ", "s\x00", "s\ufffd", "s\ud800", "s*", "", "x" * 10_000]
        for number, session_id in enumerate(ids):
            await memory.remember(session_id, turn(number), (Fact("n", number),))
        for number, session_id in enumerate(ids):
            assert await memory.recall(session_id) == Recollection((turn(number),), (Fact("n", number),))

    async def test_forgetting_takes_turns_and_facts_of_one_session(self, memory: StoredMemory) -> None:
        await memory.remember("s", turn(1), (Fact("k", 1),))
        await memory.remember("t", turn(2), ())
        assert await memory.forget("s") is True
        assert await memory.recall("s") == Recollection()
        assert await memory.forget("s") is False
        assert (await memory.recall("t")).turns == (turn(2),)

    async def test_the_newest_turns_are_kept(self, memory: StoredMemory) -> None:
        for number in range(MAX_TURNS + 3):
            await memory.remember("s", turn(number), ())
        assert (await memory.recall("s")).turns == tuple(turn(number) for number in range(3, MAX_TURNS + 3))

    async def test_the_facts_written_last_are_told(self, memory: StoredMemory) -> None:
        facts = tuple(Fact(f"k{number}", number) for number in range(MAX_FACTS + 3))
        await memory.remember("s", turn(1), facts)
        assert (await memory.recall("s")).facts == facts[3:]

    @pytest.mark.parametrize("text", HOSTILE_TEXTS)
    async def test_hostile_texts_come_back_as_they_went_in(self, memory: StoredMemory, text: str) -> None:
        await memory.remember("s", Turn(text, text, {"noted": text, text or "empty": 1}), (Fact(text or "k", text), Fact("in", [text])))
        shown = text.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")
        told = await memory.recall("s")
        assert told.turns == (Turn(shown, shown, {"noted": shown, shown or "empty": 1}),)
        assert told.facts == (Fact(shown or "k", shown), Fact("in", [shown]))

    async def test_facts_of_every_json_type_come_back_equal(self, memory: StoredMemory) -> None:
        facts = tuple(Fact(f"k{number}", value) for number, value in enumerate(JSON_VALUES))
        await memory.remember("s", turn(1), facts)
        told = (await memory.recall("s")).facts
        assert told == facts
        assert [type(fact.value) for fact in told] == [type(value) for value in JSON_VALUES]

    @pytest.mark.parametrize(
        "unstorable",
        [
            Fact("k", math.nan),
            Fact("k", datetime(2026, 10, 31, tzinfo=UTC)),
            Fact("k", "x" * 10_000),
            Fact("k", 10**5_000),
            Fact("k" * 1_000, 1),
            Fact("", 1),
        ],
        ids=["nan", "date", "long", "digits", "long key", "no key"],
    )
    async def test_a_fact_that_cannot_be_kept_does_not_stop_the_others(self, memory: StoredMemory, unstorable: Fact) -> None:
        await memory.remember("s", turn(1), (unstorable, Fact("other", 1)))
        assert await memory.recall("s") == Recollection((turn(1),), (Fact("other", 1),))

    async def test_endless_nesting_is_not_kept(self, memory: StoredMemory) -> None:
        deep: list[Any] = []
        deep.append(deep)
        await memory.remember("s", Turn("q", "a", {"deep": deep}), (Fact("deep", deep),))
        assert await memory.recall("s") == Recollection((Turn("q", "a", {}),))

    async def test_personal_data_is_no_fact(self, memory: StoredMemory) -> None:
        facts = (Fact("contact", "ada@example.com"), Fact("call", {"at": ["+49 170 1234567"]}), Fact("budget", 12_000))
        await memory.remember("s", turn(1), facts)
        assert (await memory.recall("s")).facts == (Fact("budget", 12_000),)

    async def test_long_texts_are_cut_visibly(self, memory: StoredMemory) -> None:
        await memory.remember("s", Turn("q" * 100_000, "a" * MAX_TEXT_CHARS, {"n": "x" * 100_000}), ())
        (kept,) = (await memory.recall("s")).turns
        assert len(kept.question) == MAX_TEXT_CHARS
        assert kept.question.endswith("q […]")
        assert kept.answer == "a" * MAX_TEXT_CHARS
        assert kept.understood == {}

    async def test_turns_at_the_same_time_are_all_kept(self, memory: StoredMemory) -> None:
        await asyncio.gather(*(memory.remember("s", turn(number), (Fact(f"k{number}", number),)) for number in range(MAX_TURNS)))
        told = await memory.recall("s")
        assert sorted(told.turns, key=lambda kept: kept.question) == sorted(
            (turn(number) for number in range(MAX_TURNS)), key=lambda kept: kept.question
        )
        assert {fact.key for fact in told.facts} == {f"k{number}" for number in range(MAX_TURNS)}

    async def test_what_was_remembered_cannot_be_changed_from_outside(self, memory: StoredMemory) -> None:
        notes: dict[str, Any] = {"campaigns": ["a"]}
        await memory.remember("s", Turn("q", "a", notes), (Fact("k", notes),))
        notes["campaigns"].append("b")
        (await memory.recall("s")).facts[0].value["campaigns"].append("c")
        told = await memory.recall("s")
        assert told.turns[0].understood == {"campaigns": ["a"]}
        assert told.facts[0].value == {"campaigns": ["a"]}

    async def test_is_ready(self, memory: StoredMemory) -> None:
        await memory.ping()

    @pytest.mark.parametrize("kind", ["turn", "fact"])
    async def test_an_entry_of_a_newer_schema_is_refused_in_one_line(self, memory: StoredMemory, kind: str) -> None:
        body = {"key": "k", "value": 1, "question": "q", "answer": "a", "colour": "new"}
        log = memory._turns if kind == "turn" else memory._facts
        await log.append(session_key("s"), [Entry(body, "later", datetime.now(UTC), SCHEMA_VERSION + 1)])
        with pytest.raises(NewerSchema, match=rf"schema {SCHEMA_VERSION + 1}, this release reads up to {SCHEMA_VERSION}") as refused:
            await memory.recall("s")
        assert "\n" not in str(refused.value)
        assert await memory.forget("s") is True
        assert await memory.recall("s") == Recollection()
