"""A real small language model, as agent and as judge: tokens, prices, schemas and limits are those of a real server.

What it says is poor and never asserted: figures of quality come from scripted judges.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import goldfinch
from goldfinch.adapters.pricing import PriceList
from goldfinch.bootstrap.agents import build_agent
from goldfinch.bootstrap.judging import configured_judge
from goldfinch.bootstrap.settings import LoadedSettings
from goldfinch.core.datasets.case import Case, Expected
from goldfinch.core.judging.deciding import judge
from goldfinch.core.judging.reading import Verdict, read_verdict
from goldfinch.core.judging.scorer import JudgedMetric
from goldfinch.core.output import Output
from goldfinch.core.results.records import ScoreStatus
from goldfinch.settings import JudgeSettings, OpenAIAgent, Price, Settings
from goldfinch.testing.small_model import INSTALL, MODEL_NAME, SmallModel, is_installed

CASE = Case("c", "What is the capital of France?", expected=Expected(answer="Paris"))
RIGHT = Output(text="Paris is the capital of France.")


@pytest.fixture(scope="module")
def small_model() -> Iterator[SmallModel]:
    if not is_installed():
        reason = f"needs the small model: {INSTALL}, or make test"
        if os.environ.get("GOLDFINCH_TEST_ALL") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with SmallModel() as model:
        yield model


def chat(model: SmallModel, **parameters: Any) -> OpenAIAgent:
    return OpenAIAgent(model=MODEL_NAME, base_url=model.base_url, parameters={"temperature": 0, **parameters})


async def test_counts_tokens_and_leaves_an_unknown_price_unknown(small_model: SmallModel) -> None:
    async with build_agent(chat(small_model, max_tokens=12), base_dir=Path(), prices=PriceList()) as agent:
        output = await agent.answer(CASE, trial=0, seed=None)
    assert output.usage is not None
    assert (output.usage.input_tokens or 0) > 10
    assert 1 <= (output.usage.output_tokens or 0) <= 12
    assert output.cost_usd is None
    assert output.model == MODEL_NAME


async def test_a_price_of_ones_own_gives_a_cost(small_model: SmallModel) -> None:
    prices = PriceList({MODEL_NAME: Price(input_per_mtok=1_000_000.0, output_per_mtok=0.0)})
    async with build_agent(chat(small_model, max_tokens=4), base_dir=Path(), prices=prices) as agent:
        output = await agent.answer(CASE, trial=0, seed=None)
    assert output.usage is not None
    assert output.cost_usd == output.usage.input_tokens


async def _reply(small_model: SmallModel, **settings: Any) -> Output:
    """What the model replies to the first question of a judgement."""
    loaded = LoadedSettings(Settings(judge=JudgeSettings(model=chat(small_model), **settings)), Path())
    configured = configured_judge(None, loaded)
    assert configured is not None
    step = judge(JudgedMetric(metric="accuracy"), configured.terms.protocol, CASE, RIGHT, lambda question: None)
    assert isinstance(step, tuple)
    async with configured.model as model:
        return await model.answer(Case("j", [dict(message) for message in step[0].messages]), trial=0, seed=None)


async def test_the_schema_of_a_verdict_is_obeyed(small_model: SmallModel) -> None:
    reply = await _reply(small_model, max_tokens=160)
    assert isinstance(read_verdict(reply, 5), Verdict), reply.text


async def test_a_verdict_that_is_cut_off_is_missing_and_its_tokens_are_counted(small_model: SmallModel, tmp_path: Path) -> None:
    run = await goldfinch.evaluate_async(
        [CASE],
        lambda text: "Paris",
        ["exact", "judge:accuracy"],
        judge=JudgeSettings(model=chat(small_model), max_tokens=3),
        output_dir=tmp_path / "run",
    )
    (record,) = run.scores()
    exact, judged = record.scores
    assert (judged.status, judged.value, judged.reason) == (ScoreStatus.MISSING, None, "the reply was cut off at max_tokens")
    assert (exact.value, record.passed) == (1.0, True)
    assert (record.judge_calls, record.judge_cost_usd) == (1, None)
    assert run.summary.metrics[1].missing == 1
