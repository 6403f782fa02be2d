"""A whole evaluation against a real server that misbehaves: what is the agent's own scores 0, what is the provider's is missing."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import goldfinch
from goldfinch.core.errors import ExitCode
from goldfinch.core.output import FailureKind
from goldfinch.core.pacing.backoff import Backoff
from goldfinch.operations import evaluate as evaluate_operation
from goldfinch.settings import HttpAgent, OpenAIAgent, Price
from goldfinch.testing.openai_stub import Answered, OpenAIStub, last_user_text, rate_limited, refused

FAULTS = ("truncated_json", "nan", "garbage", "disconnect", "500", "429")


def cases(count: int = 12) -> list[goldfinch.Case]:
    return [goldfinch.Case(f"case-{n}", f"case-{n}", expected=goldfinch.Expected(answer=f"case-{n}")) for n in range(count)]


def said(name: str) -> Answered:
    if name == "500":
        return refused(500, "upstream fell over")
    return rate_limited("0.01") if name == "429" else Answered("half an ans", fault=name)  # type: ignore[arg-type] # the names are its faults


def model(base_url: str, **settings: Any) -> OpenAIAgent:
    return OpenAIAgent(model="m", base_url=base_url, api_key=SecretStr("sk-test-12345678"), **settings)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    options = evaluate_operation.EvaluationOptions
    monkeypatch.setattr(
        "goldfinch.bootstrap.evaluation.EvaluationOptions", lambda **given: options(**given, backoff=Backoff(first_s=0.001, longest_s=0.01))
    )


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_provider_that_fails_once_costs_another_call_and_nothing_else(fault: str, tmp_path: Path) -> None:
    failed: set[str] = set()

    def script(request: dict[str, Any], _: int) -> Answered | str:
        asked = last_user_text(request)
        if asked in ("case-3", "case-7") and asked not in failed:
            failed.add(asked)
            return said(fault)
        return asked

    stub = OpenAIStub(script)
    async with stub.serve():
        run = await goldfinch.evaluate_async(cases(), model(stub.base_url), ["exact"], output_dir=tmp_path / "run", concurrency=4)
    assert run.exit_code is ExitCode.PASSED
    assert (run.summary.passes.passed, stub.requests) == (12, 14)
    attempts = {record.case_id: record.attempts for record in run.outputs()}
    assert {name for name, count in attempts.items() if count == 2} == {"case-3", "case-7"}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_provider_that_keeps_failing_leaves_missing_evidence_and_the_same_call_asks_only_for_that(
    fault: str, tmp_path: Path
) -> None:
    broken = True

    def script(request: dict[str, Any], _: int) -> Answered | str:
        asked = last_user_text(request)
        return said(fault) if broken and asked in ("case-3", "case-7") else asked

    stub = OpenAIStub(script)
    async with stub.serve():
        arguments = (cases(), model(stub.base_url), ["exact"])
        run = await goldfinch.evaluate_async(*arguments, output_dir=tmp_path / "run", concurrency=2)
        assert run.exit_code is ExitCode.INCONCLUSIVE
        assert (run.summary.finished, run.summary.planned, run.summary.passes.rate.count) == (10, 12, 10)
        broken, before = False, stub.requests
        again = await goldfinch.evaluate_async(*arguments, output_dir=tmp_path / "run", concurrency=2)
        assert stub.requests == before + 2
    assert again.exit_code is ExitCode.PASSED
    assert (again.summary.finished, again.summary.passes.passed, again.manifest.resumed) == (12, 12, 1)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("truncated_json", FailureKind.INVALID_OUTPUT),
        ("garbage", FailureKind.INVALID_OUTPUT),
        ("500", FailureKind.SERVER_ERROR),
        ("disconnect", FailureKind.NETWORK),
    ],
)
async def test_the_same_faults_of_a_service_under_test_are_judged_as_its_own(fault: str, kind: FailureKind, tmp_path: Path) -> None:
    stub = OpenAIStub(lambda request, _: said(fault) if last_user_text(request) == "case-3" else last_user_text(request))
    async with stub.serve():
        agent = HttpAgent(
            url=f"{stub.base_url}/chat/completions",
            body={"model": "m", "messages": [{"role": "user", "content": "{{ input }}"}]},
            text_path="choices.0.message.content",
        )
        run = await goldfinch.evaluate_async(cases(), agent, ["exact"], output_dir=tmp_path / "run", concurrency=2)
    failures = Counter(record.output.failure.kind for record in run.outputs() if record.output.failure)
    assert failures == {kind: 1}
    own = not kind.is_missing
    assert run.exit_code is (ExitCode.PASSED if own else ExitCode.INCONCLUSIVE)
    assert (run.summary.passes.passed, run.summary.passes.failed) == (11, int(own))


async def test_500_cases_against_a_closed_port_end_after_a_handful_of_calls(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        run = await goldfinch.evaluate_async(
            cases(500), model(f"http://127.0.0.1:{port}/v1"), ["exact"], output_dir=tmp_path / "run", concurrency=64
        )
    assert run.exit_code is ExitCode.INCONCLUSIVE
    assert run.error is not None
    assert run.error.code == "E1402"
    assert run.summary.finished == 0
    assert sum(record.attempts for record in run.outputs()) <= 4


@pytest.mark.parametrize(("status", "code"), [(401, "invalid_api_key"), (404, "model_not_found")])
async def test_a_refused_key_or_model_ends_the_run_at_once(status: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldfinch.operations.engine.running.PREFLIGHT_WINDOW_S", 30.0)  # however busy this machine is
    stub = OpenAIStub(lambda *_: refused(status, "no", code))
    async with stub.serve():
        run = await goldfinch.evaluate_async(cases(500), model(stub.base_url), ["exact"], output_dir=tmp_path / "run", concurrency=64)
    assert run.exit_code is ExitCode.USAGE
    assert stub.requests == 1


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1/v1", "127.0.0.1:80/v1", "http://[::1/v1", "http://{{host}}/v1"])
async def test_a_malformed_url_ends_before_any_call(url: str, tmp_path: Path) -> None:
    with pytest.raises(goldfinch.GoldfinchError, match=r"URL|host") as refused_url:
        await goldfinch.evaluate_async(cases(500), model(url), ["exact"], output_dir=tmp_path / "run", concurrency=64)
    assert refused_url.value.exit_code is ExitCode.USAGE


async def test_a_silent_provider_is_missing_evidence_and_a_silent_service_is_a_failure(tmp_path: Path) -> None:
    stub = OpenAIStub(lambda request, _: Answered(fault="hang") if last_user_text(request) == "case-0" else last_user_text(request))
    async with stub.serve():
        asked: dict[str, Any] = {"output_dir": tmp_path / "model", "timeout_s": 0.3, "concurrency": 3}
        run = await goldfinch.evaluate_async(cases(3), model(stub.base_url), ["exact"], **asked)
        assert dict(run.summary.failures) == {"provider_timeout": 1}
        assert run.exit_code is ExitCode.INCONCLUSIVE
        service = HttpAgent(
            url=f"{stub.base_url}/chat/completions",
            body={"messages": [{"role": "user", "content": "{{ input }}"}]},
            text_path="choices.0.message.content",
        )
        run = await goldfinch.evaluate_async(cases(3), service, ["exact"], **{**asked, "output_dir": tmp_path / "service"})
        assert dict(run.summary.failures) == {"timeout": 1}
        assert (run.exit_code, run.summary.passes.failed) == (ExitCode.PASSED, 1)


async def test_a_budget_holds_against_a_real_server_with_fifty_calls_in_flight(tmp_path: Path) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    stub = OpenAIStub(lambda *_: Answered("x", usage=usage), latency_s=0.002)
    config = tmp_path / "goldfinch.yaml"
    price = Price(input_per_mtok=1.0, output_per_mtok=10.0)
    config.write_text(f"prices:\n  m: {{input_per_mtok: {price.input_per_mtok}, output_per_mtok: {price.output_per_mtok}}}\n")
    async with stub.serve():
        run = await goldfinch.evaluate_async(
            cases(500), model(stub.base_url), ["exact"], config=config, output_dir=tmp_path / "run", concurrency=50, budget_usd=0.1
        )
    assert run.exit_code is ExitCode.BUDGET
    assert 0.1 - 2 * 0.002 <= run.summary.cost.total_usd <= 0.1 + 0.002
    assert stub.requests == run.summary.finished
