"""The OpenAI-compatible agent, and the real openai SDK inside a Python agent, against the stub server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from goldfinch.adapters.agents.openai import OpenAIModelAgent
from goldfinch.adapters.agents.python_callable import PythonAgent
from goldfinch.adapters.pricing import PriceList
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, ConfigurationError
from goldfinch.core.output import FailureKind, Output, ToolCall, Usage
from goldfinch.ports.agent import AnswerFailed
from goldfinch.settings import OpenAIAgent, Price
from goldfinch.testing.openai_stub import Answered, OpenAIStub, rate_limited, refused

PRICES = PriceList({"m": Price(input_per_mtok=1.0, output_per_mtok=10.0, cached_input_per_mtok=0.5)})
CALL = {"id": "1", "type": "function", "function": {"name": "look_up", "arguments": '{"city": "Bern"}'}}
EVERY_API = pytest.mark.parametrize("options", [{"api": a, "stream": s} for a in ("chat", "responses") for s in (False, True)], ids=str)


def make(base_url: str, **settings: Any) -> OpenAIModelAgent:
    options = OpenAIAgent(**{"model": "m", "base_url": base_url, "api_key": SecretStr("sk-canary-12345678"), **settings})
    return OpenAIModelAgent(options, prices=PRICES, environment={})


async def ask(
    said: Answered | str | Callable[..., Any], value: Any = "hi", *, seed: int | None = None, **settings: Any
) -> tuple[Output, dict[str, Any]]:
    stub = OpenAIStub(said if callable(said) else lambda request, number: said)
    async with stub.serve(), make(stub.base_url, **settings) as agent:
        output = await agent.answer(Case("c", value), trial=0, seed=seed)
    return output, stub.seen[0]


async def failure(said: Answered, **settings: Any) -> AnswerFailed:
    with pytest.raises(AnswerFailed) as caught:
        await ask(said, **settings)
    return caught.value


@EVERY_API
async def test_answers_with_tools_usage_cost_and_model(options: dict[str, Any]) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    output, _ = await ask(Answered("hello world", tool_calls=(CALL,), usage=usage), **options)
    assert (output.text, output.model) == ("hello world", "m")
    assert list(output.tool_calls()) == [ToolCall("look_up", {"city": "Bern"})]
    assert output.usage is not None
    assert (output.usage.input_tokens, output.usage.output_tokens) == (1000, 100)
    assert output.cost_usd == pytest.approx(0.002)
    assert (output.first_token_ms is not None) == options["stream"]


@EVERY_API
async def test_a_plain_answer_is_one_step_and_holds_its_text_once(options: dict[str, Any]) -> None:
    output, _ = await ask("hello world", **options)
    assert (output.text, output.trajectory, output.step_count) == ("hello world", (), 1)


async def test_the_price_list_is_read_before_the_first_answer() -> None:
    asked: list[str] = []

    class Prices:
        def cost_usd(self, model: str, provider: str | None, usage: Usage) -> float | None:
            asked.append(model)
            return None

    async with OpenAIModelAgent(OpenAIAgent(model="m", base_url="http://127.0.0.1:1/v1"), prices=Prices(), environment={}):
        assert asked == ["m"]


async def test_cached_tokens_are_counted_and_cheaper() -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 0, "prompt_tokens_details": {"cached_tokens": 1000}}
    output, _ = await ask(Answered("x", usage=usage))
    assert output.usage == Usage(1000, 0, 1000)
    assert output.cost_usd == pytest.approx(0.0005)


async def test_an_unknown_price_stays_unknown() -> None:
    output, _ = await ask("x", model="nobody-knows-this-model")
    assert output.cost_usd is None


async def test_sends_system_prompt_parameters_seed_and_stream_options() -> None:
    _, body = await ask("x", seed=5, stream=True, system="be kind", parameters={"temperature": 0, "max_tokens": 9})
    assert body == {
        "model": "m",
        "temperature": 0,
        "max_tokens": 9,
        "seed": 5,
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "system", "content": "be kind"}, {"role": "user", "content": "hi"}],
    }


async def test_the_responses_api_gets_instructions_and_input() -> None:
    _, body = await ask("x", seed=5, api="responses", system="be kind")
    assert body == {"model": "m", "instructions": "be kind", "input": "hi"}


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("hi", "hi"),
        ([{"role": "user", "content": "a"}], "a"),
        ({"messages": [{"role": "user", "content": "b"}], "note": 1}, "b"),
        ({"question": "ü?"}, '{"question": "ü?"}'),
        (["x"], '["x"]'),
    ],
)
async def test_input_is_text_messages_or_other_json(value: Any, content: str) -> None:
    _, body = await ask("x", value)
    assert body["messages"] == [{"role": "user", "content": content}]


@EVERY_API
async def test_a_cut_off_answer_is_an_answer_and_marked(options: dict[str, Any]) -> None:
    output, _ = await ask(Answered("half an ans", fault="length"), **options)
    assert (output.text, output.finish_reason) == ("half an ans", "length")


@pytest.mark.parametrize("fault", ["length", "content_filter"])
async def test_no_text_at_all_is_a_failure_that_is_paid_for(fault: Any) -> None:
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 0}
    error = await failure(Answered(None, fault=fault, usage=usage))
    assert error.failure.kind is FailureKind.INVALID_OUTPUT
    assert error.output.cost_usd == pytest.approx(1.0)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("said", "kind", "retry_after_s"),
    [
        (rate_limited("4"), FailureKind.RATE_LIMITED, 4.0),
        (refused(500, "boom"), FailureKind.PROVIDER_ERROR, None),
        (refused(503, "busy"), FailureKind.PROVIDER_ERROR, None),
        (refused(408, "slow"), FailureKind.PROVIDER_TIMEOUT, None),
        (refused(400, "too long", "context_length_exceeded"), FailureKind.EXCEPTION, None),
        (refused(400, "filtered", "content_filter"), FailureKind.EXCEPTION, None),
        (Answered("x", fault="error_in_200"), FailureKind.PROVIDER_ERROR, None),
        (Answered("x", fault="disconnect"), FailureKind.NETWORK, None),
    ],
)
async def test_failures_have_their_kinds(said: Answered, kind: FailureKind, retry_after_s: float | None, stream: bool) -> None:
    error = await failure(said, stream=stream)
    assert error.failure.kind is kind
    assert error.retry_after_s == retry_after_s


@pytest.mark.parametrize("fault", ["truncated_json", "nan", "garbage"])
async def test_a_broken_reply_is_the_providers_failure(fault: Any) -> None:
    assert (await failure(Answered("x", fault=fault))).failure.kind is FailureKind.PROVIDER_ERROR


@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_a_stream_that_breaks_off_is_the_providers_failure(api: str) -> None:
    error = await failure(Answered("a long enough answer", fault="broken_stream"), stream=True, api=api)
    assert error.failure.kind is FailureKind.PROVIDER_ERROR


@pytest.mark.parametrize(
    "said",
    [
        refused(401, "Incorrect API key provided: sk-canary-12345678"),
        refused(403, "no"),
        refused(404, "model gone"),
        refused(400, "no such model", "model_not_found"),
        refused(400, "temperature?", "unsupported_value"),
        refused(429, "no money", "insufficient_quota"),
        refused(402, "pay"),
    ],
)
async def test_what_fails_for_every_case_stops_the_run_without_showing_the_key(said: Answered) -> None:
    with pytest.raises(AgentUnusable) as caught:
        await ask(said)
    assert "sk-canary" not in str(caught.value)
    assert "openai:m" in str(caught.value)


async def test_a_hanging_provider_can_be_cancelled() -> None:
    stub = OpenAIStub(lambda request, number: Answered(fault="hang"))
    async with stub.serve(), make(stub.base_url) as agent:
        task = asyncio.ensure_future(agent.answer(Case("c", "q"), trial=0, seed=None))
        while not stub.in_flight:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert agent.timeout_kind is FailureKind.PROVIDER_TIMEOUT


async def test_the_worst_case_bounds_the_real_cost() -> None:
    for text in ("hi", "ü" * 50, "a b c " * 200):
        output, _ = await ask("x" * 10, text, parameters={"max_tokens": 50})
        worst = make("http://127.0.0.1:1/v1", parameters={"max_tokens": 50}).worst_case_cost_usd(Case("c", text))
        assert worst is not None
        assert output.cost_usd is not None
        assert worst >= output.cost_usd


def test_the_worst_case_is_unknown_without_limit_price_or_text() -> None:
    url = "http://127.0.0.1:1/v1"
    image = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]
    assert make(url).worst_case_cost_usd(Case("c", "q")) is None
    assert make(url, model="unknown-model", parameters={"max_tokens": 5}).worst_case_cost_usd(Case("c", "q")) is None
    assert make(url, parameters={"max_tokens": 5}).worst_case_cost_usd(Case("c", image)) is None


def test_identity_holds_no_key_and_follows_what_changes_answers() -> None:
    url = "http://127.0.0.1:1/v1"
    same = make(url, api_key=SecretStr("another-key-000"))
    assert make(url).version == same.version
    assert make(url).limit_key != same.limit_key
    changed = [
        make(url, **change).version for change in ({"system": "s"}, {"model": "n"}, {"parameters": {"top_p": 1}}, {"api": "responses"})
    ]
    assert len({make(url).version, *changed}) == 5
    assert "another-key" not in repr(same) + same.limit_key + same.version


def test_a_missing_key_is_named_except_for_local_servers() -> None:
    with pytest.raises(ConfigurationError, match="MY_KEY is not set"):
        OpenAIModelAgent(OpenAIAgent(model="m", api_key_env="MY_KEY"), prices=PRICES, environment={})
    OpenAIModelAgent(OpenAIAgent(model="m", base_url="http://localhost:1/v1"), prices=PRICES, environment={})


def sdk_agent(base_url: str) -> tuple[PythonAgent, Any]:
    import openai

    client = openai.AsyncOpenAI(base_url=base_url, api_key="sk-canary-12345678", max_retries=0)

    async def answer(text: str) -> dict[str, Any]:
        reply = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": text}])
        assert reply.usage is not None
        return {
            "text": reply.choices[0].message.content,
            "model": reply.model,
            "input_tokens": reply.usage.prompt_tokens,
            "output_tokens": reply.usage.completion_tokens,
        }

    return PythonAgent(answer, name="sdk:answer", prices=PRICES), client


async def ask_by_sdk(said: Answered | str) -> Output:
    async with OpenAIStub(lambda request, number: said).serve() as stub:
        agent, client = sdk_agent(stub.base_url)
        async with agent, client:
            return await agent.answer(Case("c", "hi"), trial=0, seed=None)


async def test_the_real_sdk_works_as_a_python_agent() -> None:
    output = await ask_by_sdk("hello")
    assert output.text == "hello"
    assert output.cost_usd is not None


@pytest.mark.parametrize(
    ("said", "kind", "retry_after_s"),
    [
        (rate_limited("4"), FailureKind.RATE_LIMITED, 4.0),
        (refused(500, "boom"), FailureKind.PROVIDER_ERROR, None),
        (refused(400, "bad"), FailureKind.EXCEPTION, None),
        (Answered("x", fault="disconnect"), FailureKind.NETWORK, None),
    ],
)
async def test_errors_of_the_real_sdk_have_their_kinds(said: Answered, kind: FailureKind, retry_after_s: float | None) -> None:
    with pytest.raises(AnswerFailed) as caught:
        await ask_by_sdk(said)
    assert (caught.value.failure.kind, caught.value.retry_after_s) == (kind, retry_after_s)


async def test_a_key_refused_to_the_real_sdk_stops_the_run() -> None:
    with pytest.raises(AgentUnusable) as caught:
        await ask_by_sdk(refused(401, "Incorrect API key provided: sk-canary-12345678"))
    assert "sk-canary" not in str(caught.value)
