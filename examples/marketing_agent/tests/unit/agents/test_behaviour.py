from __future__ import annotations

from typing import Any

import pytest

from src.agents.behaviour import behaving, without_last_point
from src.config import Behaviour
from src.domain import ModelRequest, Task
from tests.scripted_parts import ANSWER, PLAN, ScriptedModel


def _request(session: str, purpose: Any = "write") -> ModelRequest:
    return ModelRequest(purpose, Task("q", session_id=session))


def test_the_good_release_is_the_model_itself() -> None:
    model = ScriptedModel(ANSWER)

    assert behaving(model, Behaviour()) is model


async def test_the_slow_release_waits_before_each_call() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    model = behaving(ScriptedModel(ANSWER), Behaviour(model_delay_ms=1250), sleep=sleep)
    await model.generate(_request("a", "plan"))
    await model.generate(_request("a"))

    assert waited == [1.25, 1.25]


async def test_a_tenth_of_the_varied_answers_loses_a_point() -> None:
    model = behaving(ScriptedModel(ANSWER), Behaviour(variation=1.0))

    answers = [(await model.generate(_request(f"session {number}")))["answer"] for number in range(2000)]

    changed = sum(answer != ANSWER["answer"] for answer in answers)
    assert 140 <= changed <= 260  # 200 expected, 4.5 standard deviations


async def test_the_same_run_varies_alike_and_another_seed_differently() -> None:
    async def varied(seed: int) -> list[str]:
        model = behaving(ScriptedModel(ANSWER), Behaviour(variation=1.0, seed=seed))
        return [(await model.generate(_request(f"session {number}")))["answer"] for number in range(100)]

    assert await varied(1) == await varied(1)
    assert await varied(1) != await varied(2)


async def test_plans_and_odd_replies_do_not_vary() -> None:
    model = behaving(ScriptedModel(PLAN, "rubbish"), Behaviour(variation=1.0))

    assert await model.generate(_request("a", "plan")) == PLAN
    assert await model.generate(_request("a")) == "rubbish"


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("ROAS is 3.42. Caveats: Two days are missing. Data are thin.", "ROAS is 3.42. Caveats: Two days are missing."),
        ("ROAS is 3.42. Caveats: Two days are missing.", "ROAS is 3.42."),
        ("ROAS is 3.42. It was 3.10 before. That is good.", "ROAS is 3.42. That is good."),
        ("ROAS is 3.42.", "ROAS is 3.42."),
    ],
)
def test_the_last_caveat_goes_first_then_the_last_sentence_with_a_number(answer: str, left: str) -> None:
    assert without_last_point(answer) == left
