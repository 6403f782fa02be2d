from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import pytest

from goldfinch.adapters.agents.python_callable import PythonAgent, load_target
from goldfinch.adapters.pricing import PriceList
from goldfinch.core.datasets.case import Case
from goldfinch.core.errors import AgentUnusable, ConfigurationError
from goldfinch.core.output import Failure, FailureKind, Output, Step, Usage
from goldfinch.core.redaction import Redactor
from goldfinch.ports.agent import AnswerFailed
from goldfinch.settings import Price

PRICES = PriceList({"m": Price(input_per_mtok=1.0, output_per_mtok=2.0)})


def agent_of(function: Callable[..., Any], **options: Any) -> PythonAgent:
    return PythonAgent(function, name="mod:fn", prices=PRICES, **options)


async def ask(function: Callable[..., Any], value: Any = "q", *, trial: int = 0, seed: int | None = None, **options: Any) -> Output:
    async with agent_of(function, **options) as agent:
        return await agent.answer(Case("c", value), trial=trial, seed=seed)


async def failure(function: Callable[..., Any], **options: Any) -> AnswerFailed:
    with pytest.raises(AnswerFailed) as caught:
        await ask(function, **options)
    return caught.value


async def echo(text: str) -> str:
    return text


class Exclaiming:
    async def __call__(self, text: str) -> str:
        return text + "!"


async def test_asks_async_sync_partial_and_class_targets() -> None:
    assert (await ask(echo)).text == "q"
    assert (await ask(lambda text: text)).text == "q"
    assert (await ask(lambda text: echo(text + "?"))).text == "q?"
    assert (await ask(partial(echo))).text == "q"
    assert (await ask(Exclaiming)).text == "q!"
    assert (await ask(Exclaiming())).text == "q!"


async def test_sync_targets_run_off_the_event_loop_at_once() -> None:
    together = threading.Barrier(8, timeout=10)

    def wait_for_others(text: str) -> str:
        together.wait()
        return threading.current_thread().name

    async with agent_of(wait_for_others, threads=8) as agent:
        outputs = await asyncio.gather(*(agent.answer(Case(f"c{n}", "q"), trial=0, seed=None) for n in range(8)))
    assert len({output.text for output in outputs}) == 8


async def test_sync_targets_use_no_more_threads_than_allowed() -> None:
    names = set()

    def note(text: str) -> str:
        names.add(threading.current_thread().name)
        return text

    async with agent_of(note, threads=2) as agent:
        await asyncio.gather(*(agent.answer(Case(f"c{n}", "q"), trial=0, seed=None) for n in range(30)))
    assert 1 <= len(names) <= 2


async def test_threads_are_daemons_so_that_a_stuck_agent_cannot_hang_the_exit() -> None:
    assert (await ask(lambda text: str(threading.current_thread().daemon))).text == "True"


async def test_passes_the_case_options_trial_and_seed_where_they_are_wanted() -> None:
    async def seen(case: Case, *, style: str, trial: int, seed: int = 0) -> str:
        return f"{case.id} {style} {trial} {seed}"

    assert (await ask(seen, takes_case=True, options={"style": "x"}, trial=2, seed=9)).text == "c x 2 9"
    assert (await ask(seen, takes_case=True, options={"style": "x"}, trial=2)).text == "c x 2 0"


async def test_an_agent_that_changes_its_input_does_not_change_the_case() -> None:
    case = Case("c", {"items": [1]})

    async def spoil(value: dict[str, Any]) -> str:
        value["items"].append(2)
        return "ok"

    async with agent_of(spoil) as agent:
        await agent.answer(case, trial=0, seed=None)
    assert case.input == {"items": [1]}


async def test_reads_objects_shaped_like_an_output() -> None:
    messages = [{"role": "assistant", "tool_calls": [{"name": "f", "arguments": {"a": 1}}]}, {"role": "assistant", "content": "hi"}]
    given = {"messages": messages, "model": "m", "input_tokens": 1_000_000, "output_tokens": 500_000, "reported": {"reward": 1}}
    output = await ask(lambda _: given)
    assert output.text == "hi"
    assert [call.name for call in output.tool_calls()] == ["f"]
    assert output.usage == Usage(1_000_000, 500_000)
    assert output.cost_usd == pytest.approx(2.0)
    assert output.reported == {"reward": 1}


async def test_other_objects_and_lists_are_data() -> None:
    assert (await ask(lambda _: {"answer": 1, "text": "x"})).data == {"answer": 1, "text": "x"}
    assert (await ask(lambda _: [1, {"a": None}])).data == [1, {"a": None}]


async def test_an_output_comes_through_and_unknown_cost_stays_unknown() -> None:
    output = Output(text="x", trajectory=(Step("assistant", "x"),), usage=Usage(1, None), model="m")
    assert await ask(lambda _: output) == output


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "nothing"),
        (3, "return str"),
        (object(), "type object"),
        (b"x", "type bytes"),
        ({"score": float("nan")}, "finite"),
        ({1: 2}, "keys must be text"),
        ({"x": {1, 2}}, "JSON value"),
        (Output(text="x", cost_usd=float("nan")), "cost_usd is nan"),
        (Output(text="x", cost_usd=-1.0), "cost_usd is -1.0"),
        (Output(text="x", reported={"r": float("inf")}), "reported.r"),
        (Output(data=[float("inf")]), "finite"),
        ({"text": 5}, "text"),
        ({"text": "x", "cost_usd": "free"}, "cost_usd"),
        ({"messages": [{"role": "nobody"}]}, "unknown role"),
    ],
)
async def test_what_is_no_answer_is_invalid_output(value: Any, said: str) -> None:
    error = await failure(lambda _: value)
    assert error.failure.kind is FailureKind.INVALID_OUTPUT
    assert said in error.failure.message


async def test_data_that_contains_itself_is_invalid_output() -> None:
    loop: list[Any] = []
    loop += [loop, loop]
    assert (await failure(lambda _: loop)).failure.kind is FailureKind.INVALID_OUTPUT


async def test_half_a_surrogate_pair_is_replaced_so_that_the_record_can_be_written() -> None:
    assert (await ask(lambda _: "cut \ud83d")).text == "cut \ufffd"


def raising(error: BaseException) -> Callable[[str], str]:
    def target(text: str) -> str:
        raise error

    return target


class Hostile(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    "error", [ValueError("bad plan"), StopIteration("bad plan"), SystemExit("bad plan"), KeyboardInterrupt("bad plan")]
)
async def test_exceptions_are_the_agents_own_with_type_and_message(error: BaseException) -> None:
    got = await failure(raising(error))
    assert got.failure.kind is FailureKind.EXCEPTION
    assert type(error).__name__ in got.failure.message


async def test_an_exception_that_cannot_be_shown_is_still_recorded() -> None:
    assert "Hostile" in (await failure(raising(Hostile()))).failure.message


async def test_an_agent_that_cancels_itself_failed_but_our_cancellation_goes_through() -> None:
    async def cancels_itself(text: str) -> str:
        raise asyncio.CancelledError

    async def waits(text: str) -> str:
        await asyncio.Event().wait()
        return text

    assert (await failure(cancels_itself)).failure.kind is FailureKind.EXCEPTION
    task = asyncio.ensure_future(ask(waits))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class ProviderError(Exception):
    def __init__(self, status: int, code: str | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"status {status}")
        self.status_code = status
        self.code = code
        self.response = type("Response", (), {"headers": headers or {}})()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, FailureKind.RATE_LIMITED),
        (500, FailureKind.PROVIDER_ERROR),
        (529, FailureKind.PROVIDER_ERROR),
        (408, FailureKind.PROVIDER_TIMEOUT),
        (400, FailureKind.EXCEPTION),
        (422, FailureKind.EXCEPTION),
    ],
)
async def test_errors_of_a_model_client_are_told_by_their_status(status: int, kind: FailureKind) -> None:
    got = await failure(raising(ProviderError(status, headers={"Retry-After": "7"})))
    assert (got.failure.kind, got.failure.status) == (kind, status)
    assert got.retry_after_s == (7.0 if status in (429, 500, 529, 408) else None)


@pytest.mark.parametrize(("status", "code"), [(401, None), (403, None), (429, "insufficient_quota")])
async def test_a_refused_key_or_an_empty_account_stops_the_run(status: int, code: str | None) -> None:
    with pytest.raises(AgentUnusable, match="mod:fn"):
        await ask(raising(ProviderError(status, code)))


@pytest.mark.parametrize(("name", "kind"), [("APIConnectionError", FailureKind.NETWORK), ("APITimeoutError", FailureKind.PROVIDER_TIMEOUT)])
async def test_connection_errors_are_told_by_class_name_up_the_hierarchy(name: str, kind: FailureKind) -> None:
    parent = type(name, (Exception,), {})
    child = type("Wrapped", (parent,), {})
    assert (await failure(raising(child("no route")))).failure.kind is kind


async def test_messages_hold_no_secret() -> None:
    got = await failure(raising(ValueError("key sk-abcdefghijklmnop and hunter22")), redact=Redactor(["hunter22"]))
    assert got.failure.message.startswith("ValueError: key [redacted] and [redacted] (test_python_callable.py:")


async def test_typed_failures_of_the_agent_itself_come_through() -> None:
    mine = AnswerFailed(Failure(FailureKind.RATE_LIMITED, "slow down"), retry_after_s=3)
    assert await failure(raising(mine)) is mine


def test_the_version_follows_the_source_and_the_options(tmp_path: Path) -> None:
    versions = set()
    for number, (body, options) in enumerate([("'a'", {}), ("'b'", {}), ("'b'", {"x": 1})]):
        (tmp_path / f"versioned_{number}.py").write_text(f"def answer(text, x=0):\n    return {body}\n")
        function = load_target(f"versioned_{number}:answer", search=tmp_path)
        function.__module__ = "versioned"
        versions.add(agent_of(function, options=options).version)
    assert len(versions) == 3


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("import not_there_at_all", "broken_a:answer", "No module named 'not_there_at_all'"),
        ("def reply(x): return x", "broken_b:answer", "has no 'answer'; it has reply"),
        ("answer = 3", "broken_c:answer", "cannot be called"),
        ("raise SystemExit(4)", "broken_d:answer", "SystemExit"),
        ("def f(:", "broken_e:answer", "SyntaxError"),
        ("", "nowhere:answer", "No module named 'nowhere'"),
        ("", "nowhere", "module:function"),
        ("", "agents/bot.py:answer", "write the module: agents.bot:answer"),
    ],
)
def test_a_target_that_cannot_be_loaded_is_one_clear_line(tmp_path: Path, source: str, target: str, said: str) -> None:
    if target.startswith("broken"):
        (tmp_path / f"{target.partition(':')[0]}.py").write_text(source)
    with pytest.raises(ConfigurationError) as caught:
        load_target(target, search=tmp_path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_class_that_cannot_be_made_is_unusable() -> None:
    class Needs:
        def __init__(self, key: str) -> None: ...

        def __call__(self, text: str) -> str:
            return text

    with pytest.raises(AgentUnusable, match="without arguments"):
        agent_of(Needs)


@pytest.mark.parametrize("function", [lambda: "x", lambda text, other: "x", lambda text, *, temperature: "x"])
def test_a_callable_that_no_call_could_reach_is_refused_before_any_case(function: Callable[..., str]) -> None:
    with pytest.raises(ConfigurationError, match="it cannot be called: ") as caught:
        agent_of(function)
    assert caught.value.code == "E1304"


async def test_options_and_decorators_may_supply_the_other_arguments() -> None:
    @wraps(str.join)
    def wrapped(text: str) -> str:
        return text

    for agent in (agent_of(lambda text, other: other, options={"other": "hi"}), agent_of(wrapped)):
        assert (await agent.answer(Case("c", "hi"), trial=0, seed=None)).text == "hi"
