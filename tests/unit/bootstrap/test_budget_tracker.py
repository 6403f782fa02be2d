"""`BudgetTracker` by hand and with the real openai SDK against the stub server: limits hold, unknown is never 0."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

import goldfinch
from goldfinch import BudgetTracker
from goldfinch.bootstrap.watching import Watch
from goldfinch.core.errors import BudgetExhausted, InfrastructureError, UsageError
from goldfinch.core.output import Output, Usage
from goldfinch.testing.openai_stub import Answered
from tests.stub_server import StubServer

PRICED = "prices: {m: {input_per_mtok: 1000, output_per_mtok: 1000}}\n"
USAGE = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}


@pytest.fixture
def stub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StubServer]:
    """A server whose model `m` costs $0.02 a call."""
    (tmp_path / "goldfinch.yaml").write_text(PRICED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Watch, "current", None)  # the session that runs these tests may be watched itself
    with StubServer(lambda request, number: Answered("hi", usage=USAGE)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-proj-abcdefghijklmnop")
        yield server


def ask(model: str = "m") -> Any:
    with openai.OpenAI() as client:
        return client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])


def test_counts_what_the_sdk_asks_inside_the_block(stub: StubServer) -> None:
    with BudgetTracker(max_cost=0.05, max_tokens=2000) as tracker:
        ask()
        ask()
        assert tracker.total_cost == pytest.approx(0.04)
        assert tracker.total_tokens == 40
    ask()
    assert (tracker.calls, stub.requests) == (2, 3)
    assert Watch.current is None
    assert os.environ["OPENAI_BASE_URL"] == stub.base_url


async def test_counts_an_async_client_and_a_stream(stub: StubServer) -> None:
    async with BudgetTracker(max_cost=0.05) as tracker, openai.AsyncOpenAI() as client:
        await client.responses.create(model="m", input="hi")
        messages: Any = [{"role": "user", "content": "hi"}]
        options: Any = {"stream": True, "stream_options": {"include_usage": True}}
        async for _ in await client.chat.completions.create(model="m", messages=messages, **options):
            pass
    assert tracker.total_cost == pytest.approx(0.04)


def ask_often(times: int, *models: str, **limits: Any) -> BudgetTracker:
    with BudgetTracker(**limits) as tracker:
        for _ in range(times):
            for model in models or ("m",):
                ask(model)
    return tracker


def test_beyond_the_limit_the_next_call_is_not_made_and_the_block_fails(stub: StubServer) -> None:
    with pytest.raises(BudgetExhausted, match=r"\$0.06 spent, \$0.05 allowed \(3 calls\)") as caught:
        ask_often(9, max_cost=0.05)
    assert caught.value.code == "E2020"
    assert stub.requests == 3


def test_a_limit_on_tokens_holds_too(stub: StubServer) -> None:
    with pytest.raises(BudgetExhausted, match="40 tokens used, 30 allowed"):
        ask_often(2, max_tokens=30)


def test_an_unknown_price_is_not_free(stub: StubServer) -> None:
    tracker = ask_often(1, "m", "mystery")
    with pytest.raises(InfrastructureError, match=r"the cost of 1 of 2 calls is unknown \(model mystery\)") as caught:
        _ = tracker.total_cost
    assert caught.value.code == "E2021"
    assert tracker.total_tokens == 40
    assert tracker.spending.known_cost_usd == pytest.approx(0.02)


def test_with_a_limit_on_cost_an_unknown_price_ends_the_block_after_one_call(stub: StubServer) -> None:
    with pytest.raises(InfrastructureError, match="the cost of 1 of 1 call is unknown"):
        ask_often(5, "mystery", max_cost=0.05)
    assert stub.requests == 1


def test_a_stream_that_states_no_usage_is_unknown(stub: StubServer) -> None:
    with BudgetTracker() as tracker, openai.OpenAI() as client:
        messages: Any = [{"role": "user", "content": "hi"}]
        list(client.chat.completions.create(model="m", messages=messages, stream=True))
    with pytest.raises(InfrastructureError, match="include_usage"):
        _ = tracker.total_tokens


def test_a_call_that_failed_costs_nothing(stub: StubServer) -> None:
    stub.script = lambda request, number: Answered(status=400, error={"message": "no"})
    with BudgetTracker(max_cost=0.05) as tracker, pytest.raises(openai.BadRequestError):
        ask()
    assert (tracker.calls, tracker.total_cost) == (1, 0.0)


def test_trackers_inside_each_other_count_the_same_calls(stub: StubServer) -> None:
    with BudgetTracker() as outer:
        ask()
        with BudgetTracker(max_cost=0.03) as inner:
            ask()
        with outer:  # open already: nothing is counted twice
            ask()
    assert (outer.calls, inner.calls) == (3, 1)


def test_what_was_going_wrong_is_not_hidden(stub: StubServer) -> None:
    with pytest.raises(ValueError, match="mine"), BudgetTracker(max_cost=0.05):
        raise ValueError("mine")


def test_counts_by_hand() -> None:
    tracker = BudgetTracker(max_cost=0.05)
    tracker.add(Output(text="x", cost_usd=0.02, usage=Usage(1, 2)))
    tracker.add({"text": "x", "cost_usd": 0.02, "input_tokens": 3, "output_tokens": 4})
    assert (tracker.total_cost, tracker.total_tokens, tracker.calls) == (0.04, 10, 2)
    tracker.add(Output(text="x", cost_usd=0.02))
    with pytest.raises(BudgetExhausted):
        tracker.check()
    tracker.add("an answer of unknown cost")
    with pytest.raises(InfrastructureError):
        _ = tracker.total_cost
    with pytest.raises(UsageError, match="nothing to count"):
        tracker.add(5)


@pytest.mark.parametrize("limits", [{"max_cost": -1}, {"max_cost": float("nan")}, {"max_cost": True}, {"max_tokens": "2000"}])
def test_a_limit_that_is_no_amount_is_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="not an amount of at least 0"):
        BudgetTracker(**limits)


def test_is_exported_and_loaded_only_when_used() -> None:
    assert "BudgetTracker" in goldfinch.__all__
    assert goldfinch.BudgetTracker is BudgetTracker
